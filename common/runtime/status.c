// SPDX-License-Identifier: Apache-2.0
// What of a status changed, as a merge patch; status.history.
#include "common/runtime/status.h"

#include "common/base/timeutil.h"
#include "common/value/patch.h"

#define HISTORY_ENTRIES 5

struct value *status_patch(struct arena *a, const struct value *before, struct value *object) {
    conditions_settle(a, before, object);
    struct value *none = value_map(a);
    const struct value *from = value_get(before, "status"), *to = value_get(object, "status");
    struct value *diff =
        merge_patch_diff(a, value_is(from, VALUE_MAP) ? from : none, value_is(to, VALUE_MAP) ? to : none);
    if (!value_len(diff))
        return NULL;
    struct value *patch = value_map(a);
    value_set(a, patch, "status", diff);
    return patch;
}

static bool is_entry(const struct value *e, const char *digest, const char *status) {
    return text_eq(value_text(value_get(e, "digest"), ""), digest) &&
           text_eq(value_text(value_get(e, "lastReconciledStatus"), ""), status);
}

void history_upsert(struct arena *a, struct value *status, const char *digest, const char *snapshot_status,
                    int64_t at_wall_ns, int64_t duration_ns, const struct value *metadata) {
    struct value *list = value_get(status, "history"), *entry = NULL;
    if (!value_is(list, VALUE_LIST)) {
        list = value_list(a);
        value_set(a, status, "history", list);
    }
    for (size_t i = 0; i < list->list.n && !entry; i++) {
        if (!is_entry(list->list.items[i], digest, snapshot_status))
            continue;
        entry = list->list.items[i];
        value_remove_item(list, i);
    }
    const char *now = time_fmt_rfc3339(a, at_wall_ns);
    int64_t total = value_int_or(value_get(entry, "totalReconciliations"), 0);
    if (!entry) {
        entry = value_map(a);
        value_set(a, entry, "digest", value_string(a, digest));
        value_set(a, entry, "firstReconciled", value_string(a, now));
    }
    value_set(a, entry, "lastReconciled", value_string(a, now));
    value_set(a, entry, "lastReconciledDuration", value_string(a, duration_fmt(a, duration_ns)));
    value_set(a, entry, "lastReconciledStatus", value_string(a, snapshot_status));
    if (value_len(metadata))
        value_set(a, entry, "metadata", value_copy(a, metadata));
    value_set(a, entry, "totalReconciliations", value_int(a, total + 1));
    value_insert(a, list, 0, entry);
    while (list->list.n > HISTORY_ENTRIES)
        value_remove_item(list, list->list.n - 1);
}
