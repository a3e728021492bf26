// SPDX-License-Identifier: Apache-2.0
// The two matchers. Both take time linear in text times program: the backtracker visits no state twice, the simulation steps
// all threads at once (Pike). Go: regexp/{backtrack,exec}.go
#include "common/text/regex_prog.h"
#include "common/value/utf8.h"

enum { BACKTRACK_INSTS = 500, BACKTRACK_BITS = 256 * 1024 };

static bool is_word(struct str s, size_t i) {
    if (i >= s.n)
        return false;
    char c = s.p[i], low = (char)(c | 0x20);
    return c == '_' || (c >= '0' && c <= '9') || (low >= 'a' && low <= 'z');
}

bool rx_assert(struct str s, size_t at, enum rx_op op) {
    switch (op) {
    case RX_BEGIN_TEXT: return at == 0;
    case RX_END_TEXT: return at == s.n;
    case RX_BEGIN_LINE: return at == 0 || s.p[at - 1] == '\n';
    case RX_END_LINE: return at == s.n || s.p[at] == '\n';
    case RX_WORD:
    case RX_NOT_WORD: return ((at > 0 && is_word(s, at - 1)) != is_word(s, at)) == (op == RX_WORD);
    case RX_EMPTY:
    case RX_RUNE:
    case RX_SET:
    case RX_ANY:
    case RX_ANY_NOT_NL:
    case RX_CAPTURE:
    case RX_REPEAT:
    case RX_CONCAT:
    case RX_ALTERNATE: break;
    }
    return false;
}

bool rx_takes(const struct regex *re, const struct rx_inst *i, uint32_t rune) {
    switch (i->op) {
    case INST_RUNE: return rune == i->arg;
    case INST_SET: return rune_set_has(re->sets[i->arg], rune);
    case INST_ANY: return true;
    case INST_ANY_NOT_NL: return rune != '\n';
    case INST_MATCH:
    case INST_FAIL:
    case INST_ALT:
    case INST_CAPTURE:
    case INST_ASSERT: break;
    }
    return false;
}

static void *xrealloc(void *p, size_t n, size_t size) {
    p = reallocarray(p, n, size);
    if (!p)
        abort();
    return p;
}

// The next place where a match can begin; SIZE_MAX: nowhere.
static size_t next_start(const struct regex *re, struct str s, size_t at) {
    if (re->anchored)
        return at == 0 ? 0 : SIZE_MAX;
    if (!re->prefix.n)
        return at;
    ptrdiff_t found = str_find(str_sub(s, at, s.n), re->prefix);
    return found < 0 ? SIZE_MAX : at + (size_t)found;
}

static size_t step_width(struct str s, size_t at, uint32_t *rune) {
    return at < s.n ? utf8_decode(str_sub(s, at, s.n), rune) : 0;
}

// ---- backtracking ----

struct job {
    uint32_t pc; // or, to undo a capture, its place
    bool undo;
    ptrdiff_t at;
};

struct backtrack {
    const struct regex *re;
    struct str s;
    uint64_t *visited;
    struct job *jobs;
    size_t n_jobs, cap_jobs;
    ptrdiff_t *caps;
    size_t n_caps;
};

bool rx_backtrack_fits(const struct regex *re, struct str text) {
    return re->n_insts <= BACKTRACK_INSTS && text.n < BACKTRACK_BITS / re->n_insts;
}

static void push_job(struct backtrack *b, struct job j) {
    if (b->n_jobs == b->cap_jobs) {
        b->cap_jobs = b->cap_jobs ? b->cap_jobs * 2 : 64;
        b->jobs = xrealloc(b->jobs, b->cap_jobs, sizeof *b->jobs);
    }
    b->jobs[b->n_jobs++] = j;
}

static bool visit(struct backtrack *b, uint32_t pc, size_t at) {
    size_t bit = pc * (b->s.n + 1) + at;
    if (b->visited[bit / 64] >> (bit % 64) & 1)
        return false;
    b->visited[bit / 64] |= 1ull << (bit % 64);
    return true;
}

// Follows one thread until it ends; true: it matched.
static bool run_thread(struct backtrack *b, uint32_t pc, size_t at) {
    while (visit(b, pc, at)) {
        const struct rx_inst *i = &b->re->insts[pc];
        uint32_t rune;
        size_t width;
        switch (i->op) {
        case INST_MATCH: return true;
        case INST_FAIL: return false;
        case INST_ALT: push_job(b, (struct job) { i->arg, false, (ptrdiff_t)at }); break;
        case INST_CAPTURE:
            if (i->arg < b->n_caps) {
                push_job(b, (struct job) { i->arg, true, b->caps[i->arg] });
                b->caps[i->arg] = (ptrdiff_t)at;
            }
            break;
        case INST_ASSERT:
            if (!rx_assert(b->s, at, (enum rx_op)i->arg))
                return false;
            break;
        case INST_RUNE:
        case INST_SET:
        case INST_ANY:
        case INST_ANY_NOT_NL:
            width = step_width(b->s, at, &rune);
            if (!width || !rx_takes(b->re, i, rune))
                return false;
            at += width;
            break;
        }
        pc = i->out;
    }
    return false;
}

static bool try_from(struct backtrack *b, size_t at) {
    push_job(b, (struct job) { b->re->start, false, (ptrdiff_t)at });
    while (b->n_jobs) {
        struct job j = b->jobs[--b->n_jobs];
        if (j.undo)
            b->caps[j.pc] = j.at;
        else if (run_thread(b, j.pc, (size_t)j.at))
            return true;
    }
    return false;
}

bool rx_backtrack(const struct regex *re, struct str text, size_t from, ptrdiff_t *caps, size_t n_caps) {
    struct backtrack b = { .re = re, .s = text, .caps = caps, .n_caps = n_caps };
    uint64_t small[128] = { 0 };
    size_t words = (re->n_insts * (text.n + 1) + 63) / 64;
    b.visited = words <= countof(small) ? small : calloc(words, sizeof *b.visited);
    if (!b.visited)
        abort();
    bool found = false;
    for (size_t at = from; at <= text.n && !found;) {
        at = next_start(re, text, at);
        if (at == SIZE_MAX)
            break;
        found = try_from(&b, at);
        uint32_t rune;
        size_t width = step_width(text, at, &rune);
        at += width ? width : 1;
    }
    free(b.jobs);
    if (b.visited != small)
        free(b.visited);
    return found;
}

// ---- simulation ----

// Threads in order of preference; sparse tells in constant time whether a pc is in.
struct queue {
    uint32_t *sparse, *dense; // dense: the pcs in order
    ptrdiff_t *caps;          // n_caps for each pc
    size_t n;
};

struct simulation {
    const struct regex *re;
    struct str s;
    size_t n_caps;
    struct queue now, next;
    struct job *stack;
    size_t n_stack, cap_stack;
    ptrdiff_t *scratch; // captures of the thread being added
};

static bool queue_has(const struct queue *q, uint32_t pc) {
    return q->sparse[pc] < q->n && q->dense[q->sparse[pc]] == pc;
}

static void push_work(struct simulation *m, struct job j) {
    if (m->n_stack == m->cap_stack) {
        m->cap_stack = m->cap_stack ? m->cap_stack * 2 : 64;
        m->stack = xrealloc(m->stack, m->cap_stack, sizeof *m->stack);
    }
    m->stack[m->n_stack++] = j;
}

// One instruction on the way of add_thread; returns false when the way ends here.
static bool follow(struct simulation *m, struct queue *q, uint32_t pc, size_t at) {
    const struct rx_inst *i = &m->re->insts[pc];
    switch (i->op) {
    case INST_FAIL: return false;
    case INST_ALT: push_work(m, (struct job) { i->arg, false, 0 }); return true;
    case INST_CAPTURE:
        if (i->arg < m->n_caps) {
            push_work(m, (struct job) { i->arg, true, m->scratch[i->arg] });
            m->scratch[i->arg] = (ptrdiff_t)at;
        }
        return true;
    case INST_ASSERT: return rx_assert(m->s, at, (enum rx_op)i->arg);
    case INST_MATCH:
    case INST_RUNE:
    case INST_SET:
    case INST_ANY:
    case INST_ANY_NOT_NL: break;
    }
    if (m->n_caps)
        memcpy(q->caps + pc * m->n_caps, m->scratch, m->n_caps * sizeof *m->scratch);
    return false;
}

// Adds the thread at pc, with all that it reaches without taking a rune. Its captures are in m->scratch.
static void add_thread(struct simulation *m, struct queue *q, uint32_t pc, size_t at) {
    push_work(m, (struct job) { pc, false, 0 });
    while (m->n_stack) {
        struct job j = m->stack[--m->n_stack];
        if (j.undo) {
            m->scratch[j.pc] = j.at;
            continue;
        }
        for (uint32_t p = j.pc; !queue_has(q, p); p = m->re->insts[p].out) {
            q->sparse[p] = (uint32_t)q->n;
            q->dense[q->n++] = p;
            if (!follow(m, q, p, at))
                break;
        }
    }
}

/* Steps all threads over one rune (width 0: the end of the text). Returns true when a thread matched: those behind it are
 * dropped, and its captures are the best so far. */
static bool step(struct simulation *m, size_t at, uint32_t rune, size_t width, ptrdiff_t *caps) {
    for (size_t k = 0; k < m->now.n; k++) {
        uint32_t pc = m->now.dense[k];
        const struct rx_inst *i = &m->re->insts[pc];
        if (i->op == INST_MATCH) {
            if (m->n_caps)
                memcpy(caps, m->now.caps + pc * m->n_caps, m->n_caps * sizeof *caps);
            return true;
        }
        if (!width || !rx_takes(m->re, i, rune))
            continue;
        if (m->n_caps)
            memcpy(m->scratch, m->now.caps + pc * m->n_caps, m->n_caps * sizeof *caps);
        add_thread(m, &m->next, i->out, at + width);
    }
    return false;
}

static void queue_init(struct queue *q, size_t n_insts, size_t n_caps) {
    q->sparse = calloc(n_insts, sizeof *q->sparse);
    q->dense = calloc(n_insts, sizeof *q->dense);
    q->caps = calloc(n_insts * n_caps + 1, sizeof *q->caps);
    if (!q->sparse || !q->dense || !q->caps)
        abort();
}

static void queue_done(struct queue *q) {
    free(q->sparse);
    free(q->dense);
    free(q->caps);
}

static bool simulate(struct simulation *m, size_t at, ptrdiff_t *caps) {
    bool matched = false;
    while (at <= m->s.n) {
        if (!m->now.n) {
            if (matched || (at = next_start(m->re, m->s, at)) == SIZE_MAX)
                break;
        }
        if (!matched) {
            for (size_t i = 0; i < m->n_caps; i++)
                m->scratch[i] = -1;
            add_thread(m, &m->now, m->re->start, at);
        }
        uint32_t rune = 0;
        size_t width = step_width(m->s, at, &rune);
        if (step(m, at, rune, width, caps)) {
            matched = true;
            if (!m->n_caps)
                break;
        }
        struct queue swap = m->now;
        m->now = m->next;
        m->next = swap;
        m->next.n = 0;
        at += width ? width : 1;
    }
    return matched;
}

bool rx_simulate(const struct regex *re, struct str text, size_t from, ptrdiff_t *caps, size_t n_caps) {
    struct simulation m = { .re = re, .s = text, .n_caps = n_caps };
    queue_init(&m.now, re->n_insts, n_caps);
    queue_init(&m.next, re->n_insts, n_caps);
    m.scratch = calloc(n_caps + 1, sizeof *m.scratch);
    if (!m.scratch)
        abort();
    bool matched = simulate(&m, from, caps);
    queue_done(&m.now);
    queue_done(&m.next);
    free(m.stack);
    free(m.scratch);
    return matched;
}
