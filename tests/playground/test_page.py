"""The page in a real browser: it trains, pauses, steps, saves, and survives a reload."""

import json
import re


def until(page, condition):
    page.wait_for_function(f"() => {condition}")


def test_a_person_plays(page, playground, strange, tmp_path, ann):
    """Names that hold HTML, script and control characters are text wherever they stand."""
    shown, names = page.page, strange["columns"]
    shown.set_default_timeout(90_000)  # a busy machine is no failure
    shown.on("dialog", lambda dialog: page.errors.append(dialog.message))
    body = "document.body.dataset"
    shown.goto(playground.address)
    until(shown, f"{body}.states > 0")
    assert shown.locator("#x option").all_text_contents() == names
    assert shown.locator("#legend").inner_text().startswith(strange["classes"][0])
    assert shown.locator(".node").count() == 3 + 8 + 3

    # It trains, and waits.
    shown.click("#play")
    until(shown, f"{body}.epoch >= 3")
    assert shown.locator("#play").inner_text() == "Pause"
    shown.click("#play")
    until(shown, f"{body}.playing === 'false'")
    assert "Training loss" in shown.locator("#figures").inner_text()
    assert shown.locator("#curve polyline").count() == 2
    shown.click("#restart")
    until(shown, f"{body}.epoch === '0'")

    # Settings are keys of a config, and what is wrong with one stands at its field.
    shown.select_option("#optimizer", "momentum")
    shown.fill("#learning_rate", "fast")
    shown.press("#learning_rate", "Tab")
    told = shown.locator(".wrong")
    told.wait_for()
    assert "expected a number above 0" in told.inner_text()
    assert shown.get_attribute("#learning_rate", "aria-invalid") == "true"
    assert page.violations() == []
    shown.fill("#learning_rate", "0.05")
    shown.click("#add")
    shown.get_by_label("units of layer 2").fill("3")
    shown.get_by_label("units of layer 2").press("Tab")
    until(shown, "document.querySelectorAll('.node').length === 3 + 8 + 3 + 3")
    told.wait_for(state="detached")
    shown.select_option("#y", names[2])
    until(shown, "location.hash.includes('y=bell')")

    # One step has the numbers of ann trace.
    shown.fill("#row", "7")
    shown.press("#row", "Tab")
    shown.click("#step")
    shown.locator("#seven li").nth(6).wait_for()
    with shown.expect_download() as download:
        shown.click("#save")
    download.value.save_as(tmp_path / "config.yaml")
    ann("check", "config.yaml")
    traced = json.loads(ann("trace", "config.yaml", "--row", "7", "--json").stdout)
    (step,) = traced["steps"]
    text = shown.locator("#seven").inner_text()
    assert f"Cost: {step['cost']:.4g}, by cross entropy." in text
    for weight in step["layers"][2]["weights"]:
        row = f"{weight['input']} → {weight['unit']}"
        cells = shown.get_by_role("row", name=row).inner_text().split("\t")
        assert cells[0] == row
        assert cells[3:] == [f"{weight[key]:.4g}" for key in ("gradient", "change", "after")]

    # A unit says in words what it does, to the keyboard too.
    shown.get_by_role("button", name="layer 1, unit 3").focus()
    until(shown, "document.getElementById('unit').textContent.includes('unit 3 sums')")
    assert f"× {names[0]}" in shown.locator("#unit").inner_text()
    assert page.violations() == []

    # The address holds it all.
    kept = shown.url
    shown.reload()
    until(shown, f"{body}.states > 0")
    until(shown, "document.querySelectorAll('.node').length === 3 + 8 + 3 + 3")
    assert shown.url == kept
    assert shown.input_value("#optimizer") == "momentum"
    assert shown.input_value("#y") == names[2]
    assert shown.input_value("#row") == "7"

    # Another table, in the dark, on a phone.
    shown.select_option("#data", "spirals")
    until(shown, "document.querySelectorAll('.node').length === 2 + 8 + 2")
    shown.emulate_media(color_scheme="dark")
    shown.set_viewport_size({"width": 390, "height": 844})
    until(shown, "document.documentElement.scrollWidth === 390")
    assert page.violations() == []

    assert shown.evaluate("window.hacked") is None
    assert [each for each in page.errors if "422" not in each] == []
    assert all(re.match(re.escape(playground.address) + "|data:", each) for each in page.requests)
