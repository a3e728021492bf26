// SPDX-License-Identifier: Apache-2.0
/* Go's time.Time as templates see it: formatting and parsing by layout, calendar. Inside of the room. Go: src/time/format.go
 * Zones: UTC, Local (which is UTC in the image) and those of the system's zone database, read once when named. */
#ifndef TEMPLATE_GOTIME_H
#define TEMPLATE_GOTIME_H

#include "common/base/buf.h"

struct ttime {
    int64_t seconds; // since 1970, UTC
    int32_t ns;
    int32_t offset;   // seconds east of UTC
    const char *zone; // "UTC", "CEST", "" = none known
};

struct tcivil {
    int64_t year;
    int month, day, hour, minute, second, weekday, yearday; // month, day, yearday from 1
};

struct tcivil gotime_civil(const struct ttime *t);
int64_t gotime_seconds(int64_t year, int64_t month, int64_t day, int64_t hour, int64_t minute,
                       int64_t second);
bool gotime_same(const struct ttime *x, const struct ttime *y); // ==
struct str gotime_format(struct arena *a, const struct ttime *t, const char *layout);
struct str gotime_format_n(struct arena *a, const struct ttime *t, struct str layout);
struct str gotime_text(struct arena *a, const struct ttime *t); // Time.String
// time.ParseInLocation(layout, text, UTC or local). NULL on failure, with Go's text in *out_error.
struct ttime *gotime_parse(struct arena *a, struct str layout, struct str text, const char **out_error);
// In another zone. false: unknown.
bool gotime_in_zone(struct arena *a, struct ttime *t, struct str zone);

#endif
