// SPDX-License-Identifier: Apache-2.0
// Conditions in status.conditions: read, set, order, summary.
#include "common/runtime/condition.h"

#include "common/base/limits.h"
#include "common/base/timeutil.h"

static const char *const status_texts[] = {
    [CONDITION_FALSE] = "False", [CONDITION_TRUE] = "True", [CONDITION_UNKNOWN] = "Unknown"
};

const char *condition_status_text(enum condition_status s) {
    return status_texts[s];
}

static struct value *find(const struct value *object, const char *type, size_t *out_at) {
    const struct value *list = value_at(object, "status", "conditions", NULL);
    for (size_t i = 0; i < value_len(list); i++) {
        struct value *c = value_item(list, i);
        if (text_eq(value_text(value_get(c, "type"), NULL), type)) {
            if (out_at)
                *out_at = i;
            return c;
        }
    }
    return NULL;
}

static enum condition_status status_of(const struct value *c) {
    const char *text = value_text(value_get(c, "status"), "");
    for (size_t i = 0; i < countof(status_texts); i++)
        if (!strcmp(text, status_texts[i]))
            return (enum condition_status)i;
    return CONDITION_UNKNOWN;
}

static void read_condition(const struct value *c, struct condition *out) {
    *out = (struct condition) {
        .type = value_text(value_get(c, "type"), ""),
        .reason = value_text(value_get(c, "reason"), ""),
        .message = value_text(value_get(c, "message"), ""),
        .status = status_of(c),
        .observed_generation = value_int_or(value_get(c, "observedGeneration"), 0),
        .last_transition_time = value_text(value_get(c, "lastTransitionTime"), ""),
    };
}

bool condition_get(const struct value *object, const char *type, struct condition *out) {
    const struct value *c = find(object, type, NULL);
    if (!c)
        return false;
    read_condition(c, out);
    return true;
}

bool condition_is(const struct value *object, const char *type, enum condition_status status) {
    const struct value *c = find(object, type, NULL);
    return c && !strcmp(value_text(value_get(c, "status"), ""), status_texts[status]);
}

bool condition_has(const struct value *object, const char *type) {
    return find(object, type, NULL) != NULL;
}

const char *condition_reason(const struct value *object, const char *type) {
    return value_text(value_get(find(object, type, NULL), "reason"), "");
}

const char *condition_message(const struct value *object, const char *type) {
    return value_text(value_get(find(object, type, NULL), "message"), "");
}

void condition_delete(struct value *object, const char *type) {
    size_t at;
    if (find(object, type, &at))
        value_remove_item(value_at(object, "status", "conditions", NULL), at);
}

static struct value *conditions_list(struct arena *a, struct value *object) {
    struct value *status = value_ensure(a, object, "status", NULL);
    if (!status)
        abort(); // the object was made a map with a status map when it was read
    struct value *list = value_get(status, "conditions");
    if (!value_is(list, VALUE_LIST)) {
        list = value_list(a);
        value_set(a, status, "conditions", list);
    }
    return list;
}

// Cuts on a character boundary, as the API server refuses broken UTF-8.
static const char *trimmed(struct arena *a, const char *message) {
    size_t n = strlen(message);
    if (n <= LIMIT_MESSAGE_BYTES)
        return message;
    n = LIMIT_MESSAGE_BYTES - 3;
    while (n && ((unsigned char)message[n] & 0xc0) == 0x80)
        n--;
    return arena_fmt(a, "%.*s...", (int)n, message);
}

static void put(struct arena *a, struct value *object, int64_t wall_ns, const struct condition *want) {
    struct value *c = find(object, want->type, NULL);
    struct condition old = { 0 };
    if (c)
        read_condition(c, &old);
    bool moved = !c || old.status != want->status || strcmp(old.reason, want->reason) ||
                 strcmp(old.message, want->message);
    if (!c) {
        c = value_map(a);
        value_append(a, conditions_list(a, object), c);
    }
    value_set(a, c, "lastTransitionTime",
              value_string(a, moved ? time_fmt_rfc3339(a, wall_ns) : old.last_transition_time));
    value_set(a, c, "message", value_string(a, want->message));
    int64_t generation = value_int_or(value_at(object, "metadata", "generation", NULL), 0);
    value_set(a, c, "observedGeneration", value_int(a, generation));
    value_set(a, c, "reason", value_string(a, want->reason));
    value_set(a, c, "status", value_string(a, status_texts[want->status]));
    value_set(a, c, "type", value_string(a, want->type));
}

void condition_set(struct arena *a, struct value *object, int64_t wall_ns, const char *type,
                   enum condition_status status, const char *reason, const char *fmt, ...) {
    bool reconciling = !strcmp(type, CONDITION_RECONCILING), stalled = !strcmp(type, CONDITION_STALLED);
    if ((reconciling || stalled) && status != CONDITION_TRUE) {
        condition_delete(object, type);
        return;
    }
    va_list ap;
    va_start(ap, fmt);
    const char *message = trimmed(a, arena_vfmt(a, fmt, ap));
    va_end(ap);
    struct condition want = { .type = type, .status = status, .reason = reason, .message = message };
    put(a, object, wall_ns, &want);
    if (reconciling)
        condition_delete(object, CONDITION_STALLED);
    if (stalled)
        condition_delete(object, CONDITION_RECONCILING);
}

void condition_set_reason(struct arena *a, struct value *object, int64_t wall_ns, const char *type,
                          const char *reason) {
    struct condition c;
    if (!condition_get(object, type, &c))
        return;
    c.reason = reason;
    put(a, object, wall_ns, &c);
}

/* ---- summary ---- */

// 0 is the most important group.
static int group_of(bool negative, enum condition_status s) {
    switch (s) {
    case CONDITION_TRUE: return negative ? 0 : 2;
    case CONDITION_FALSE: return negative ? 3 : 1;
    case CONDITION_UNKNOWN: return 4;
    }
    return 4;
}

void condition_summarize(struct arena *a, struct value *object, int64_t wall_ns, const char *target,
                         const struct condition_row *rows) {
    struct condition best = { 0 }, c;
    int best_group = 5;
    bool best_negative = false;
    for (const struct condition_row *row = rows; row->type; row++) {
        if (!condition_get(object, row->type, &c))
            continue;
        int group = group_of(row->negative, c.status);
        if (group >= best_group)
            continue;
        best = c;
        best_group = group;
        best_negative = row->negative;
    }
    if (best_group == 5)
        return;
    enum condition_status status = best.status;
    if (best_negative && status != CONDITION_UNKNOWN)
        status = status == CONDITION_TRUE ? CONDITION_FALSE : CONDITION_TRUE;
    condition_set(a, object, wall_ns, target, status, best.reason, "%s", best.message);
}

/* ---- order ---- */

static int rank(const char *type) {
    static const char *const first[] = { CONDITION_STALLED, CONDITION_RECONCILING, CONDITION_READY };
    for (size_t i = 0; i < countof(first); i++)
        if (!strcmp(type, first[i]))
            return (int)i;
    return (int)countof(first);
}

static int compare(const void *x, const void *y) {
    struct condition cx, cy;
    read_condition(*(struct value *const *)x, &cx);
    read_condition(*(struct value *const *)y, &cy);
    int d = rank(cx.type) - rank(cy.type);
    if (d)
        return d;
    if (cx.observed_generation != cy.observed_generation)
        return cx.observed_generation > cy.observed_generation ? -1 : 1;
    return strcmp(cx.type, cy.type);
}

void conditions_settle(struct arena *a, const struct value *before, struct value *object) {
    struct value *list = value_at(object, "status", "conditions", NULL);
    if (!value_len(list))
        return;
    for (size_t i = 0; i < list->list.n; i++) {
        struct value *c = list->list.items[i];
        struct condition now, old;
        read_condition(c, &now);
        if (condition_get(before, now.type, &old) && old.status == now.status &&
            !strcmp(old.reason, now.reason) && !strcmp(old.message, now.message))
            value_set(a, c, "lastTransitionTime", value_string(a, old.last_transition_time));
    }
    qsort(list->list.items, list->list.n, sizeof *list->list.items, compare);
}
