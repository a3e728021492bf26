// SPDX-License-Identifier: Apache-2.0
/* The running execution. Inside of the room. Go: text/template/exec.go */
#ifndef TEMPLATE_EXEC_H
#define TEMPLATE_EXEC_H

#include "common/base/map.h"
#include "common/template/functions.h"
#include "common/template/node.h"

struct template_set {
    struct arena *a;
    const struct template_set *parent; // a clone made by tpl sees what its parent has
    struct map defs;                   // name -> struct tdef
};

struct tvar {
    struct str name;
    struct tval value;
};

struct terror_part { // "template: ...: error calling include: ", outermost first
    struct terror_part *next;
    struct str text;
    bool wraps; // begins a level of its own
};

struct tcall;

struct tctx {
    struct arena *a;
    const struct template_set *set;
    const struct tdef *def;
    struct buf *out;
    const struct node *node; // for error messages
    struct tvar *vars;       // of all templates being executed; the current one's from `base` on
    size_t n_vars, cap_vars, base;
    struct map *includes; // name -> depth
    const struct template_options *opt;
    uint64_t steps, max_steps;
    size_t max_output, max_memory, memory_base, nested_output;
    unsigned depth, max_depth;
    const char *stack_end;    // not to be passed
    const struct tcall *call; // the innermost one that runs
    const char *message;      // of the failed function
    bool message_wrapped;     // the error is in `error` already (include, tpl)
    struct terror_part *error;
    enum err_kind kind;
};

enum texec { TEXEC_OK, TEXEC_FAILED, TEXEC_BREAK, TEXEC_CONTINUE };

const struct tdef *template_find(const struct template_set *set, const char *name);
// *out_own (may be NULL): the definition that is the text itself
bool template_add(struct template_set *set, const struct tsource *source, const struct tdef **out_own,
                  struct err *err);
void template_set_done(struct template_set *set);

// Form A or the outer part of form B. Returns false.
bool exec_fail(struct tctx *c, const char *fmt, ...) printf_like(2, 3);
bool exec_limit(struct tctx *c, const char *text);
void exec_wrap(struct tctx *c, bool level, const char *fmt, ...) printf_like(3, 4);
char *exec_node_text(struct tctx *c, const struct node *n);

// Execute a template with its own variables; the output goes to c->out.
bool exec_template(struct tctx *c, const struct tdef *def, struct tval dot);
enum texec exec_walk(struct tctx *c, struct tval dot, const struct node *n);

bool eval_pipeline(struct tctx *c, struct tval dot, const struct node *pipe, struct tval *out);
void var_push(struct tctx *c, struct str name, struct tval v);
bool var_set(struct tctx *c, struct str name, struct tval v);

// Call a function or method: parameters are evaluated and checked. `final` NULL: none.
struct tcall {
    const char *name, *params;
    const struct tfunction *fn;
    const struct tmethod *method;
    struct tval self;
    const struct node *node;        // for errors of the function
    const struct node *const *args; // the zeroth is the function itself
    size_t n_args;
    const struct tval *final;
};
bool eval_call(struct tctx *c, struct tval dot, const struct tcall *call, struct tval *out);
bool eval_arg(struct tctx *c, struct tval dot, char type, const struct node *n, struct tval *out);
bool eval_field_node(struct tctx *c, struct tval dot, const struct node *n, const struct node *const *args,
                     size_t n_args, const struct tval *final, struct tval *out);
bool eval_variable_node(struct tctx *c, struct tval dot, const struct node *n, const struct node *const *args,
                        size_t n_args, const struct tval *final, struct tval *out);
bool eval_chain_node(struct tctx *c, struct tval dot, const struct node *n, const struct node *const *args,
                     size_t n_args, const struct tval *final, struct tval *out);
bool eval_constant(struct tctx *c, const struct node *n, struct tval *out);
// The methods that values have by themselves (times, versions). NULL: none of that name.
const struct tmethod *value_method(struct tval v, struct str name);

extern const struct tmethod time_methods[], duration_methods[], month_methods[], weekday_methods[],
    semver_methods[];

#endif
