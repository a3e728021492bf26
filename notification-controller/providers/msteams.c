// SPDX-License-Identifier: Apache-2.0
// msteams: a message card for the old connector's host, an adaptive card for all others. Flux: internal/notifier/teams.go
#include "notification-controller/providers/providers.h"

static void text(struct arena *a, struct value *map, const char *key, const char *value) {
    value_set(a, map, key, value_string(a, value));
}

// One entry per metadata pair, under the names that the card wants.
static void add_fact(struct arena *a, struct value *facts, const char *name_key, struct str name,
                     const struct value *value) {
    struct value *fact = value_map(a);
    value_set(a, fact, name_key, value_string_n(a, name));
    value_set(a, fact, "value", value_copy(a, value));
    value_append(a, facts, fact);
}

static struct value *facts_of(struct arena *a, const struct value *metadata, const char *name_key,
                              bool summary_first) {
    struct value *facts = value_list(a);
    const struct value *summary = summary_first ? value_get(metadata, "summary") : NULL;
    if (summary)
        add_fact(a, facts, name_key, STR("summary"), summary);
    for (size_t i = 0; value_is(metadata, VALUE_MAP) && i < metadata->map.n; i++) // sorted by key
        if (metadata->map.pairs[i].value != summary)
            add_fact(a, facts, name_key, metadata->map.pairs[i].key, metadata->map.pairs[i].value);
    return facts;
}

static struct value *message_card(struct arena *a, const struct notice *n) {
    struct value *card = value_map(a), *sections = value_list(a), *section = value_map(a);
    const char *object = notice_object_name(a, n);
    text(a, card, "@type", "MessageCard");
    text(a, card, "@context", "http://schema.org/extensions");
    text(a, card, "themeColor", is_error(n) ? "FF0000" : "0076D7");
    text(a, card, "summary", object);
    text(a, section, "activityTitle", n->message);
    text(a, section, "activitySubtitle", object);
    value_set(a, section, "facts", facts_of(a, n->metadata, "name", false));
    value_append(a, sections, section);
    value_set(a, card, "sections", sections);
    return card;
}

static struct value *title_block(struct arena *a, const struct notice *n) {
    struct value *block = value_map(a);
    text(a, block, "type", "TextBlock");
    text(a, block, "text", notice_object_name(a, n));
    text(a, block, "size", "large");
    text(a, block, "weight", "bolder");
    value_set(a, block, "wrap", value_bool(a, true));
    return block;
}

static struct value *message_block(struct arena *a, const struct notice *n) {
    struct value *block = value_map(a);
    text(a, block, "type", "TextBlock");
    if (*n->message)
        text(a, block, "text", n->message);
    if (is_error(n))
        text(a, block, "color", "attention");
    value_set(a, block, "wrap", value_bool(a, true));
    return block;
}

static struct value *card_content(struct arena *a, const struct notice *n) {
    struct value *content = value_map(a), *body = value_list(a), *container = value_map(a),
                 *items = value_list(a);
    struct value *facts = value_map(a), *width = value_map(a),
                 *rows = facts_of(a, n->metadata, "title", true);
    text(a, facts, "type", "FactSet");
    if (value_len(rows))
        value_set(a, facts, "facts", rows);
    value_append(a, items, title_block(a, n));
    value_append(a, items, message_block(a, n));
    value_append(a, items, facts);
    text(a, container, "type", "Container");
    value_set(a, container, "items", items);
    value_append(a, body, container);
    text(a, width, "width", "Full");
    text(a, content, "$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
    text(a, content, "type", "AdaptiveCard");
    text(a, content, "version", "1.4");
    value_set(a, content, "body", body);
    value_set(a, content, "msteams", width);
    return content;
}

static struct value *adaptive_card(struct arena *a, const struct notice *n) {
    struct value *message = value_map(a), *list = value_list(a), *attachment = value_map(a);
    text(a, message, "type", "message");
    text(a, attachment, "contentType", "application/vnd.microsoft.card.adaptive");
    value_set(a, attachment, "content", card_content(a, n));
    value_append(a, list, attachment);
    value_set(a, message, "attachments", list);
    return message;
}

bool build_msteams(struct arena *a, const struct provider *p, const struct notice *n, struct post *out,
                   struct err *err) {
    struct url url;
    if (!provider_address(a, "MS Teams webhook URL", p->address, &url, err))
        return false;
    bool old = text_ends(url.host, ".webhook.office.com");
    out->url = p->address;
    out->body = go_json(a, old ? message_card(a, n) : adaptive_card(a, n));
    return true;
}
