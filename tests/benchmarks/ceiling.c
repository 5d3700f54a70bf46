/* How fast this machine can solve such equations: two fields in 3-D, one core, single precision, no ranks, no options.
 *
 *     dξ/dt = Γ ∇²ξ − W ξ(1 − ξ)(1 − 2ξ)/(1 − w²) + 24 a² (exp(φ/2) − exp(−φ/2)),  a = ξ(1 − ξ),  w = w₁(1 − 2ξ)
 *         0 = ∇·[σ(1 − ξ + ε)∇φ] − dξ/dt
 *
 * ξ by super-time-stepping (RKL2: C. D. Meyer et al., J. Comput. Phys. 257 (2014) 594), with φ extrapolated to the stages;
 * then φ of the new ξ by Newton's method with one multigrid V-cycle. Arrays have a ghost cell at each end of each axis.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef float R;
enum { LEVELS = 12, LONGEST = 4096, SMALLEST = 64, SWEEPS = 12, FIRST = 10 };
typedef struct {
    int nx, ny, nz;
    long sy, sz, n;
    R *kx, *ky, *kz, *inverse, *g, *b, *u; /* conductances of lower faces, 1/diagonal, its excess, right side, solution */
} Level;
typedef struct {
    int nx, ny, nz, steps, stages;
    double h, mobility, well, tilt, conductivity, floor, current, dt;
} Case;

static Level level[LEVELS];
static int levels;

#define ROWS(l) \
    for (int k = 1; k <= (l)->nz; k++) \
        for (int j = 1; j <= (l)->ny; j++)
#define PLACE(l) (k * (l)->sz + j * (l)->sy)
#define AROUND(x, i) (x[i - 1] + x[i + 1] + x[i - sy] + x[i + sy] + x[i - sz] + x[i + sz])
#define FLOW(u, i) (kx[i] * u[i - 1] + kx[i + 1] * u[i + 1] + ky[i] * u[i - sy] + ky[i + sy] * u[i + sy] \
                    + kz[i] * u[i - sz] + kz[i + sz] * u[i + sz])

static R *array(long n) {
    size_t bytes = (4 * n + 127) / 64 * 64;
    return memset(aligned_alloc(64, bytes), 0, bytes);
}

static void make(Level *l, int nx, int ny, int nz) {
    l->nx = nx, l->ny = ny, l->nz = nz;
    l->sy = (nx + 2 + 15) / 16 * 16, l->sz = l->sy * (ny + 2), l->n = l->sz * (nz + 2);
    R **arrays[] = {&l->kx, &l->ky, &l->kz, &l->inverse, &l->g, &l->b, &l->u};
    for (int a = 0; a < 7; a++) *arrays[a] = array(l->n);
}

static void discard(Level *l) {
    R *arrays[] = {l->kx, l->ky, l->kz, l->inverse, l->g, l->b, l->u};
    for (int a = 0; a < 7; a++) free(arrays[a]);
}

/* Gauss-Seidel on the cells of one colour; all of a row are computed, every other one is kept. */
static void sweep(Level *l, int colour) {
    long sy = l->sy, sz = l->sz;
    R t[LONGEST], keep[2][LONGEST];
    for (int i = 0; i < l->nx + 2; i++) keep[0][i] = !(i & 1), keep[1][i] = i & 1;
    ROWS(l) {
        long o = PLACE(l);
        const R *restrict u = l->u + o, *restrict kx = l->kx + o, *restrict ky = l->ky + o, *restrict kz = l->kz + o;
        const R *restrict d = l->inverse + o, *restrict b = l->b + o, *restrict m = keep[(k + j + colour) & 1];
        R *restrict w = l->u + o;
        for (int i = 1; i <= l->nx; i++) t[i] = d[i] * (b[i] + FLOW(u, i));
        for (int i = 1; i <= l->nx; i++) w[i] += m[i] * (t[i] - w[i]);
    }
}

static void restrict_to(Level *l, Level *c) {
    long sy = l->sy, sz = l->sz;
    R t[LONGEST];
    memset(c->b, 0, 4 * c->n);
    ROWS(l) {
        long o = PLACE(l);
        const R *u = l->u + o, *kx = l->kx + o, *ky = l->ky + o, *kz = l->kz + o, *d = l->inverse + o, *b = l->b + o;
        for (int i = 1; i <= l->nx; i++) t[i] = b[i] - u[i] / d[i] + FLOW(u, i);
        R *B = c->b + (k + 1) / 2 * c->sz + (j + 1) / 2 * c->sy;
        for (int i = 1; i <= c->nx; i++) B[i] += t[2 * i - 1] + t[2 * i];
    }
}

static int nearest(int i, int n, int coarse) { /* the next nearest coarse cell, or the cell itself at an end */
    int other = coarse + (i & 1 ? -1 : 1);
    return other < 1 || other > n ? coarse : other;
}

static void prolong(Level *l, Level *c) {
    R t[LONGEST];
    ROWS(l) {
        int z = (k + 1) / 2, y = (j + 1) / 2;
        long z2 = nearest(k, c->nz, z) * c->sz, y2 = nearest(j, c->ny, y) * c->sy, z1 = z * c->sz, y1 = y * c->sy;
        const R *e = c->u;
        for (int i = 1; i <= c->nx; i++)
            t[i] = 0.5625f * e[z1 + y1 + i] + 0.1875f * (e[z1 + y2 + i] + e[z2 + y1 + i]) + 0.0625f * e[z2 + y2 + i];
        t[0] = t[1], t[c->nx + 1] = t[c->nx];
        R *u = l->u + PLACE(l);
        for (int i = 1; i <= c->nx; i++) {
            u[2 * i - 1] += 0.75f * t[i] + 0.25f * t[i - 1];
            u[2 * i] += 0.75f * t[i] + 0.25f * t[i + 1];
        }
    }
}

static void cycle(int at) {
    Level *l = level + at, *c = l + 1;
    memset(l->u, 0, 4 * l->n);
    if (at == levels - 1) {
        for (int s = 0; s < 2 * SWEEPS; s++) sweep(l, s & 1);
        return;
    }
    for (int s = 0; s < 4; s++) sweep(l, s & 1);
    restrict_to(l, c);
    cycle(at + 1);
    prolong(l, c);
    sweep(l, 1), sweep(l, 0);
}

static void diagonal(Level *l) {
    long sy = l->sy, sz = l->sz;
    ROWS(l) for (long i = PLACE(l) + 1; i <= PLACE(l) + l->nx; i++)
        l->inverse[i] = 1 / (l->g[i] + l->kx[i] + l->kx[i + 1] + l->ky[i] + l->ky[i + sy] + l->kz[i] + l->kz[i + sz]);
}

static void coarsen(void) {
    for (Level *l = level, *c = level + 1; l < level + levels - 1; l++, c++) {
        R *cleared[] = {c->kx, c->ky, c->kz, c->g};
        for (int a = 0; a < 4; a++) memset(cleared[a], 0, 4 * c->n);
        ROWS(l) {
            long o = PLACE(l), O = (k + 1) / 2 * c->sz + (j + 1) / 2 * c->sy;
            for (int i = 1; i <= c->nx; i++) {
                c->kx[O + i] += 0.5f * l->kx[o + 2 * i - 1];
                c->g[O + i] += l->g[o + 2 * i - 1] + l->g[o + 2 * i];
                if (j & 1) c->ky[O + i] += 0.5f * (l->ky[o + 2 * i - 1] + l->ky[o + 2 * i]);
                if (k & 1) c->kz[O + i] += 0.5f * (l->kz[o + 2 * i - 1] + l->kz[o + 2 * i]);
            }
        }
        diagonal(c);
    }
}

/* Mirror values in the ghost cells. */
static void mirror(R *y) {
    Level *l = level;
    ROWS(l) {
        R *r = y + PLACE(l);
        r[0] = r[1], r[l->nx + 1] = r[l->nx];
    }
    for (int k = 1; k <= l->nz; k++) {
        memcpy(y + k * l->sz, y + k * l->sz + l->sy, 4 * l->sy);
        memcpy(y + k * l->sz + (l->ny + 1) * l->sy, y + k * l->sz + l->ny * l->sy, 4 * l->sy);
    }
    memcpy(y, y + l->sz, 4 * l->sz), memcpy(y + (l->nz + 1) * l->sz, y + l->nz * l->sz, 4 * l->sz);
}

static inline R rate(const Case *c, R diffusion, R x, R phi) {
    R w = (R)c->tilt * (1 - 2 * x), e = expf(0.5f * phi), a = x * (1 - x);
    return diffusion - (R)c->well * a * (1 - 2 * x) / (1 - w * w) + 24 * a * a * (e - 1 / e);
}

/* One step of ξ in super-time-stepping; `slope` is dφ/dt. The result is in one of the stages y. */
static R *advance(const Case *c, const R *xi, const R *phi, const R *before, double slope, R *first, R *y[3]) {
    const Level *l = level;
    long sy = l->sy, sz = l->sz;
    int s = c->stages;
    double b[64], all = s * s + s - 2.0, w = 4 / all;
    for (int j = 0; j <= s; j++) b[j] = j < 3 ? 1.0 / 3 : (j * j + j - 2.0) / (2.0 * j * (j + 1));
    R m = c->mobility / (c->h * c->h), *old = y[0], *now = y[1], *next = y[2];
    memcpy(old, xi, 4 * l->n), mirror(old);
    ROWS(l) {
        long o = PLACE(l);
        const R *restrict x = old + o, *restrict p = phi + o;
        R *restrict f = first + o, *restrict out = now + o, by = b[1] * w * c->dt;
        for (int i = 1; i <= l->nx; i++) {
            f[i] = rate(c, m * (AROUND(x, i) - 6 * x[i]), x[i], p[i]);
            out[i] = x[i] + by * f[i];
        }
    }
    for (int q = 2; q <= s; q++) {
        double mu = (2 * q - 1.0) / q * b[q] / b[q - 1], nu = -(q - 1.0) / q * b[q] / b[q - 2], mt = mu * w;
        double part = q == 2 ? (4 / all) / 4 : ((q - 1.0) * (q - 1) + q - 3.0) / all; /* of the step, so far */
        R th = part * c->dt * slope, MU = mu, NU = nu, ONE = 1 - mu - nu, MT = mt * c->dt, GT = -(1 - b[q - 1]) * mt * c->dt;
        mirror(now);
        ROWS(l) {
            long o = PLACE(l);
            const R *restrict x = now + o, *restrict p = phi + o, *restrict pp = before + o, *restrict x0 = xi + o;
            const R *restrict f = first + o, *restrict xm = old + o;
            R *restrict out = next + o;
            for (int i = 1; i <= l->nx; i++)
                out[i] = MU * x[i] + NU * xm[i] + ONE * x0[i] + GT * f[i]
                       + MT * rate(c, m * (AROUND(x, i) - 6 * x[i]), x[i], p[i] + th * (p[i] - pp[i]));
        }
        R *t = old;
        old = now, now = next, next = t;
    }
    return now;
}

/* Newton's method for φ at ξ, each iteration one V-cycle. */
static void solve(const Case *c, const R *xi, R *phi, int iterations, int again) {
    Level *l = level;
    long sy = l->sy, sz = l->sz;
    R k2 = 0.5 * c->conductivity * c->h, m = c->mobility / (c->h * c->h), volume = c->h * c->h * c->h;
    ROWS(l) {
        long o = PLACE(l);
        const R *x = xi + o;
        for (int i = 1; i <= l->nx; i++) {
            R here = 2 - x[i] + 2 * (R)c->floor;
            l->kx[o + i] = i > 1 ? k2 * (here - x[i - 1]) : 0;
            l->ky[o + i] = j > 1 ? k2 * (here - x[i - sy]) : 0;
            l->kz[o + i] = k > 1 ? k2 * (here - x[i - sz]) : 0;
        }
    }
    for (int n = 0; n < iterations; n++) {
        if (n == 0 || again) {
            ROWS(l) for (long i = PLACE(l) + 1; i <= PLACE(l) + l->nx; i++) {
                R a = xi[i] * (1 - xi[i]), e = expf(0.5f * phi[i]);
                l->g[i] = volume * 12 * a * a * (e + 1 / e);
            }
            diagonal(l), coarsen();
        }
        ROWS(l) {
            long o = PLACE(l);
            const R *restrict x = xi + o, *restrict u = phi + o;
            const R *restrict kx = l->kx + o, *restrict ky = l->ky + o, *restrict kz = l->kz + o;
            R *restrict b = l->b + o, in = k == l->nz ? c->current * c->h * c->h : 0;
            for (int i = 1; i <= l->nx; i++) {
                R all = kx[i] + kx[i + 1] + ky[i] + ky[i + sy] + kz[i] + kz[i + sz];
                b[i] = in - volume * rate(c, m * (AROUND(x, i) - 6 * x[i]), x[i], u[i]) + FLOW(u, i) - all * u[i];
            }
        }
        cycle(0);
        for (long i = 0; i < l->n; i++) phi[i] += l->u[i];
    }
}

static void copy(R *whole, R *held, int back) {
    Level *l = level;
    ROWS(l) {
        R *a = whole + ((long)(k - 1) * l->ny + j - 1) * l->nx, *b = held + PLACE(l) + 1;
        memcpy(back ? a : b, back ? b : a, 4 * l->nx);
    }
}

/* Advance ξ and φ, arrays (z, y, x), by the steps of a case. */
void run(const Case *c, R *xi, R *phi) {
    int nx = c->nx, ny = c->ny, nz = c->nz;
    for (levels = 0; levels < LEVELS;) {
        make(level + levels++, nx, ny, nz);
        if (nx % 2 || ny % 2 || nz % 2 || nx * ny * nz <= SMALLEST) break;
        nx /= 2, ny /= 2, nz /= 2;
    }
    long n = level->n;
    R *x = array(n), *p = array(n), *before = array(n), *first = array(n), *y[3] = {array(n), array(n), array(n)};
    copy(xi, x, 0), copy(phi, p, 0);
    mirror(x);
    solve(c, x, p, FIRST, 1);
    memcpy(before, p, 4 * n);
    for (int step = 0; step < c->steps; step++) {
        double slope = step ? 1 / c->dt : 0;
        R *found = advance(c, x, p, before, slope, first, y), gain = step ? 1 : 0;
        memcpy(x, found, 4 * n), mirror(x);
        for (long i = 0; i < n; i++) {
            R t = p[i];
            p[i] = t + gain * (t - before[i]), before[i] = t;
        }
        solve(c, x, p, 1, 0);
    }
    copy(xi, x, 1), copy(phi, p, 1);
    R *arrays[] = {x, p, before, first, y[0], y[1], y[2]};
    for (int a = 0; a < 7; a++) free(arrays[a]);
    for (int q = 0; q < levels; q++) discard(level + q);
}
