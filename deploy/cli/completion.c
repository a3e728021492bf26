// SPDX-License-Identifier: Apache-2.0
// flux completion: scripts for the shells; they ask `flux __complete WORD...` what may come next.
#include "deploy/cli/cli.h"

#include <stdio.h>

static const char bash_script[] =
    "_flux() {\n"
    "    local IFS=$'\\n'\n"
    "    COMPREPLY=($(compgen -W \"$(flux __complete -- \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null)\" -- "
    "\"${COMP_WORDS[COMP_CWORD]}\"))\n"
    "}\n"
    "complete -F _flux flux\n";

static const char zsh_script[] =
    "#compdef flux\n"
    "_flux() {\n"
    "    local -a found\n"
    "    found=(${(f)\"$(flux __complete -- ${words[2,CURRENT]} 2>/dev/null)\"})\n"
    "    compadd -a found\n"
    "}\n"
    "compdef _flux flux\n";

static const char fish_script[] = "function __flux_complete\n"
                                  "    set -l words (commandline -opc) (commandline -ct)\n"
                                  "    flux __complete -- $words[2..-1] 2>/dev/null\n"
                                  "end\n"
                                  "complete -c flux -f -a '(__flux_complete)'\n";

static const struct {
    const char *shell, *script;
} scripts[] = { { "bash", bash_script }, { "zsh", zsh_script }, { "fish", fish_script } };

int cli_completion(struct cli *c, size_t n, const char *const *words) {
    for (size_t i = 0; n == 1 && i < countof(scripts); i++)
        if (text_eq(words[0], scripts[i].shell))
            return fputs(scripts[i].script, stdout) == EOF;
    return cli_fail(c, "a shell is required: bash, zsh or fish");
}

// The n-th blank-separated word of each kind's form that matches what was typed before.
static void print_kind_words(const char *before, bool plural) {
    const char *last = "";
    for (const struct cli_kind *k = cli_kinds; k->words; k++) {
        struct str form = str_of(plural ? k->words : k->word), first;
        str_split(&(struct str) { form.p, form.n }, '|', &first);
        ptrdiff_t space = str_chr(first, ' ');
        struct str head = space < 0 ? first : str_sub(first, 0, (size_t)space);
        struct str tail = space < 0 ? STR("") : str_sub(first, (size_t)space + 1, first.n);
        if (!before && !str_is(head, last))
            printf("%.*s\n", (int)head.n, head.p);
        else if (before && str_is(head, before) && tail.n)
            printf("%.*s\n", (int)tail.n, tail.p);
        last = !before && space >= 0 ? (plural ? (str_starts(head, "images") ? "images" : "sources")
                                               : (str_starts(head, "image") ? "image" : "source"))
                                     : "";
    }
}

static void print_names(struct cli *c, const struct cli_kind *k) {
    struct value *list;
    if (!cli_connect(c) || !cli_list(c, k, "", &list)) {
        err_clear(&c->err); // no cluster, nothing to offer
        return;
    }
    for (size_t i = 0; i < list->list.n; i++)
        puts(object_name(list->list.items[i]));
}

int cli_complete(struct cli *c, size_t n, const char *const *words) {
    if (n <= 1) {
        for (const struct cli_command *k = cli_commands; k->name; k++)
            if (!k->hidden)
                puts(k->name);
        return 0;
    }
    bool plural = text_eq(words[0], "get");
    static const char *const with_kinds[] = { "get", "reconcile", "suspend", "resume", "describe", "tree" };
    bool takes_kind = false;
    for (size_t i = 0; i < countof(with_kinds); i++)
        takes_kind |= text_eq(words[0], with_kinds[i]);
    size_t used;
    if (text_eq(words[0], "completion")) {
        puts("bash\nzsh\nfish");
    } else if (takes_kind && cli_kind_find(n - 2, words + 1, plural, &used)) {
        print_names(c, cli_kind_find(n - 2, words + 1, plural, &used));
    } else if (takes_kind && n == 2) {
        print_kind_words(NULL, plural);
        if (plural)
            puts("all");
    } else if (takes_kind && n == 3) {
        print_kind_words(words[1], plural);
        if (plural && text_starts(words[1], "source"))
            puts("all");
    }
    return 0;
}
