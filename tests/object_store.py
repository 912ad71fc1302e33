"""OpenStack Swift with its S3 API, all in one process of the system's Python: FOLDER is its disk.

It prints the address that it listens at, on this machine alone; user ann:reader, password secret.
"""

import sys
from pathlib import Path

import eventlet
import eventlet.tpool

eventlet.monkey_patch()

from eventlet import wsgi  # noqa: E402
from swift.common import utils  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.wsgi import loadapp  # noqa: E402

FILTERS = "catch_errors gatekeeper listing_formats s3api tempauth copy slo dlo"
STORE = """[swift-hash]
swift_hash_path_suffix = ann
[storage-policy:0]
name = one
default = yes
"""
SHARED = """[DEFAULT]
swift_dir = {folder}
devices = {folder}
mount_check = false
fallocate_reserve = 0
"""


class Cache:
    """What Swift keeps in memcached, for one process."""

    def __init__(self):
        self.kept = {}

    def get(self, key, **options):
        return self.kept.get(key)

    def set(self, key, value, **options):
        self.kept[key] = value

    def delete(self, key, **options):
        self.kept.pop(key, None)


def serve(folder):
    (folder / "disk").mkdir()
    (folder / "swift.conf").write_text(STORE)
    utils.set_swift_dir(str(folder))
    sockets = {}
    for name in ("account", "container", "object", "proxy"):
        sockets[name] = eventlet.listen(("127.0.0.1", 0))
        port, rules = sockets[name].getsockname()[1], f"[pipeline:main]\npipeline = {name}-server\n"
        if name == "proxy":
            rules = f"[pipeline:main]\npipeline = {FILTERS} proxy-server\n"
            rules += "".join(
                f"[filter:{each}]\nuse = egg:swift#{each}\n" for each in FILTERS.split()
            )
            rules = rules.replace(
                "swift#tempauth\n", "swift#tempauth\nuser_ann_reader = secret .admin\n"
            )
        else:
            ring = RingBuilder(0, 1, 1)
            place = {"region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "disk"}
            ring.add_dev({**place, "weight": 1})
            ring.rebalance()
            ring.get_ring().save(str(folder / f"{name}.ring.gz"))
        rules += f"[app:{name}-server]\nuse = egg:swift#{name}\n"
        rules += "account_autocreate = true\n" if name == "proxy" else ""
        (folder / f"{name}.conf").write_text(SHARED.format(folder=folder) + rules)
    cache, log = Cache(), utils.logging.getLogger("swift")
    for name, socket in sockets.items():
        app = loadapp(str(folder / f"{name}.conf"), global_conf={"log_name": name})

        def cached(environment, start, app=app):
            return app({**environment, "swift.cache": cache}, start)

        options = {"log": log, "log_output": False, "debug": False}
        eventlet.spawn(wsgi.server, socket, cached if name == "proxy" else app, **options)
    sys.stdout.write(f"http://127.0.0.1:{sockets['proxy'].getsockname()[1]}\n")
    sys.stdout.flush()
    eventlet.tpool.execute(sys.stdin.read)  # until whoever started it goes away


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
