// SPDX-License-Identifier: Apache-2.0
/* Inside of a conversation: what listing refs and fetching share. */
#ifndef GIT_SESSION_H
#define GIT_SESSION_H

#include "common/git/advert.h"
#include "common/git/pktline.h"
#include "common/git/store.h"
#include "common/git/wire.h"

enum session_state {
    SESSION_NEW,      // nothing was asked yet
    SESSION_REFS,     // v0: the refs of the advertisement are still to be read
    SESSION_READY,    // a request can be sent
    SESSION_FINISHED, // v0 over ssh: the other side has ended
};

struct repo_session {
    struct wire *wire;
    enum session_state state;
    struct repo_caps caps;
    struct str first_line; // v0, in SESSION_REFS; lives in `a`
    struct arena a;        // of the advertisement
    struct repo_traffic traffic;
    struct pkt_reader pkts;
};

// Connects where needed, so that a request can be sent: SESSION_READY.
must_check bool session_ready(struct repo_session *s, struct err *err);
must_check bool session_send(struct repo_session *s, struct str request, struct err *err);
/* The next packet, with "ERR ..." packets made errors. */
must_check bool session_next(struct repo_session *s, enum pkt_type *out_type, struct str *line,
                             struct err *err);
// "ERR text": the error that it means; false always.
bool session_server_error(struct str text, struct err *err);

#endif
