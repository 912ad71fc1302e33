/* Row by row in C, as one would write it by hand: widths known to the compiler, full shuffle.
 *
 * INPUTS, FIRST and SECOND are the units of each layer (SECOND 0: one hidden layer), one output;
 * TANH or relu; ADAM or sgd. theta: weights of each layer (inputs x units), then biases. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 1024
#define LAST (SECOND ? SECOND : FIRST)
#define W1 0
#define W2 (INPUTS * FIRST)
#define W3 (W2 + FIRST * SECOND)
#define B1 (W3 + LAST)
#define B2 (B1 + FIRST)
#define B3 (B2 + SECOND)
#define ALL (B3 + 1)
#define EACH(i, n) for (int i = 0; i < (n); i++)
#define INLINE static inline __attribute__((always_inline))

static float theta[ALL], grad[ALL], mean[ALL], square[ALL];

static uint64_t state[2] = {0x9E3779B97F4A7C15ull, 0xD1B54A32D192ED03ull};

static inline uint64_t random64(void) { /* xorshift128+ */
    uint64_t a = state[0], b = state[1];
    state[0] = b;
    a ^= a << 23;
    state[1] = a ^ b ^ (a >> 17) ^ (b >> 26);
    return state[1] + b;
}

static void shuffle(int64_t *order, int64_t n) {
    for (int64_t i = 0; i < n; i++) order[i] = i;
    for (int64_t i = n - 1; i > 0; i--) {
        int64_t j = (int64_t)(((__uint128_t)random64() * (uint64_t)(i + 1)) >> 64), kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

INLINE float activate(float z) {
#ifdef TANH
    return tanhf(z);
#else
    return z > 0 ? z : 0;
#endif
}

INLINE float slope(float a) {
#ifdef TANH
    return 1 - a * a;
#else
    return a > 0 ? 1.0f : 0.0f;
#endif
}

INLINE void forward(const float *x, const float *w, const float *b, float *a, int inputs, int units) {
    EACH(j, units) a[j] = b[j];
    EACH(i, inputs) EACH(j, units) a[j] += x[i] * w[i * units + j];
    EACH(j, units) a[j] = activate(a[j]);
}

/* Plain gradient descent changes a parameter at once; adam collects the gradient first. */
INLINE void learn(const float *x, int w, int b, const float *d, int inputs, int units, float rate) {
#ifdef ADAM
    EACH(i, inputs) EACH(j, units) grad[w + i * units + j] = x[i] * d[j];
    EACH(j, units) grad[b + j] = d[j];
#else
    EACH(i, inputs) EACH(j, units) theta[w + i * units + j] -= rate * x[i] * d[j];
    EACH(j, units) theta[b + j] -= rate * d[j];
#endif
}

static void adam(float rate, double step) {
    const float one = 1 / (1 - pow(0.9, step)), two = 1 / (1 - pow(0.999, step));
    EACH(p, ALL) {
        mean[p] = 0.9f * mean[p] + 0.1f * grad[p];
        square[p] = 0.999f * square[p] + 0.001f * grad[p] * grad[p];
        theta[p] -= rate * one * mean[p] / (sqrtf(square[p] * two) + 1e-8f);
    }
}

void begin(const float *from) {
    memcpy(theta, from, sizeof theta);
    memset(mean, 0, sizeof mean);
    memset(square, 0, sizeof square);
}

double epoch(const float *x, const float *y, int64_t n, float rate, int64_t steps) {
    int64_t *order = malloc(n * sizeof *order);
    static float rows[BLOCK * INPUTS], actual[BLOCK];
    double total = 0;
    shuffle(order, n);
    for (int64_t start = 0; start < n; start += BLOCK) {
        int64_t m = n - start < BLOCK ? n - start : BLOCK;
        for (int64_t r = 0; r < m; r++) {
            memcpy(rows + r * INPUTS, x + order[start + r] * INPUTS, INPUTS * sizeof(float));
            actual[r] = y[order[start + r]];
        }
        for (int64_t r = 0; r < m; r++) {
            const float *v = rows + r * INPUTS;
            float a1[FIRST], d1[FIRST], a2[SECOND + 1], d2[SECOND + 1], e = theta[B3];
            forward(v, theta + W1, theta + B1, a1, INPUTS, FIRST);
            if (SECOND) forward(a1, theta + W2, theta + B2, a2, FIRST, SECOND);
            const float *last = SECOND ? a2 : a1;
            float *d = SECOND ? d2 : d1;
            EACH(j, LAST) e += last[j] * theta[W3 + j];
            e -= actual[r];
            total += 0.5f * e * e;
            EACH(j, LAST) d[j] = e * theta[W3 + j] * slope(last[j]);
            learn(last, W3, B3, &e, LAST, 1, rate);
            if (SECOND) {
                EACH(i, FIRST) {
                    float sum = 0;
                    EACH(j, SECOND) sum += d2[j] * theta[W2 + i * SECOND + j];
                    d1[i] = sum * slope(a1[i]);
                }
                learn(a1, W2, B2, d2, FIRST, SECOND, rate);
            }
            learn(v, W1, B1, d1, INPUTS, FIRST, rate);
#ifdef ADAM
            adam(rate, (double)++steps);
#endif
        }
    }
    free(order);
    return total / n;
}
