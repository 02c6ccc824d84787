/* Rnn: a recurrent layer over memory of somebody else's, forwards and backwards, for laco.torch. Addresses are plain integers:
 * who calls keeps the memory alive and contiguous, of laco_real, and of the sizes that the configuration says. */
#include "digest.h"
#include "module.h"

#include <string.h>

typedef struct rnn_object {
    PyObject_HEAD py_context context;
    laco_module *module;
    laco_rnn *rnn;
    laco_rnn_config config;
    laco_tape *inference; /* kept between calls */
    laco_tape *idle;      /* a recording one that nobody uses, likewise */
    uint64_t *digest;     /* of each parameter's values, when layers packed them */
} rnn_object;

/* One call that was recorded. */
typedef struct run_object {
    PyObject_HEAD rnn_object *layer;
    laco_tape *tape;
    laco_var x, y;
    laco_state first, last;
} run_object;

static PyTypeObject *rnn_type, *run_type;

static int64_t states(const laco_rnn_config *config)
{
    return (config->num_layers > 0 ? config->num_layers : 1) * (config->bidirectional ? 2 : 1);
}

static int64_t output_size(const laco_rnn_config *config)
{
    return config->proj_size > 0 ? config->proj_size : config->hidden_size;
}

/* ---- The layer ---- */

static laco_status build(rnn_object *self)
{
    laco_context *ctx = self->context.ctx;
    laco_status status = laco_module_new(ctx, 1, &self->module);
    return status < 0 ? status : laco_rnn_new(self->module, "", &self->config, &self->rnn);
}

/* Rnn(cell, input_size, hidden_size, num_layers, relu, bias, batch_first, bidirectional, dropout, proj_size, threads) */
static PyObject *rnn_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    (void)keywords;
    laco_rnn_config config = {0};
    int cell, relu, bias, batch_first, bidirectional, threads;
    long long input, hidden, layers, proj;
    if (!PyArg_ParseTuple(args, "iLLLppppdLi", &cell, &input, &hidden, &layers, &relu, &bias, &batch_first, &bidirectional,
                          &config.dropout, &proj, &threads))
        return NULL;
    config.cell = (laco_cell_kind)cell;
    config.input_size = input;
    config.hidden_size = hidden;
    config.num_layers = layers;
    config.nonlinearity = relu ? LACO_RELU : LACO_TANH;
    config.no_bias = !bias;
    config.batch_first = batch_first;
    config.bidirectional = bidirectional;
    config.proj_size = proj;
    rnn_object *self = py_make(type);
    if (!self)
        return NULL;
    self->config = config;
    if (!py_context_open(&self->context, threads)) {
        Py_DECREF((PyObject *)self);
        return NULL;
    }
    laco_status status = build(self);
    if (status == LACO_OK && !(self->digest = PyMem_Calloc(laco_module_param_count(self->module) + 1, sizeof *self->digest)))
        status = LACO_NO_MEMORY;
    if (status < 0) {
        py_fail(self->context.ctx, status);
        Py_DECREF((PyObject *)self);
        return NULL;
    }
    return (PyObject *)self;
}

static void rnn_dealloc(PyObject *object)
{
    rnn_object *self = (rnn_object *)object;
    if (self->context.ctx) {
        laco_tape_free(self->inference);
        laco_tape_free(self->idle);
        laco_module_free(self->module);
    }
    py_context_close(&self->context);
    PyMem_Free(self->digest);
    py_release(object);
}

/* Names and shapes of the parameters, in the order in which forward and backward take them. */
static PyObject *rnn_parameters(PyObject *object, PyObject *nothing)
{
    (void)nothing;
    rnn_object *self = (rnn_object *)object;
    Py_ssize_t count = (Py_ssize_t)laco_module_param_count(self->module);
    PyObject *list = PyList_New(count);
    for (Py_ssize_t i = 0; list && i < count; i++) {
        const laco_param *param = laco_module_param(self->module, (size_t)i);
        const char *name = strrchr(param->name, '.');
        PyObject *pair = Py_BuildValue("(sL)", name ? name + 1 : param->name, (long long)param->count);
        if (!pair) {
            Py_CLEAR(list);
            break;
        }
        PyList_SetItem(list, i, pair);
    }
    return list;
}

/* The addresses in a tuple, one for each parameter. */
static bool addresses(const rnn_object *self, PyObject *tuple, void **out)
{
    Py_ssize_t count = (Py_ssize_t)laco_module_param_count(self->module);
    if (!PyTuple_Check(tuple) || PyTuple_Size(tuple) != count) {
        PyErr_Format(PyExc_TypeError, "a tuple of %zd addresses is needed", count);
        return false;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        out[i] = PyLong_AsVoidPtr(PyTuple_GetItem(tuple, i));
        if (!out[i] && PyErr_Occurred())
            return false;
    }
    return true;
}

/* The layer computes with torch's memory: weights at `from`, gradients to `to` (NULL, or NULL in it: none is wanted). Not every way
 * to write to a tensor (.data, NumPy) leaves a trace that could be asked for, so the values themselves are looked at, once through;
 * packed copies are made again only of those that changed. */
static void take_weights(rnn_object *self, void *const *from, void *const *to)
{
    for (size_t i = 0; i < laco_module_param_count(self->module); i++) {
        laco_param *param = laco_module_param(self->module, i);
        uint64_t digest = py_digest(from[i], (size_t)param->count * sizeof *param->value);
        laco_param_lend(self->module, param, from[i], to ? to[i] : NULL);
        if (digest == self->digest[i])
            continue;
        self->digest[i] = digest;
        laco_param_changed(param);
    }
}

/* ---- Forwards ---- */

typedef struct layer_call {
    const laco_real *x, *h, *c;    /* h and c NULL: zeros */
    const int32_t *lengths;        /* NULL: all steps */
    long long first, second, seed; /* the first two sizes of x, time and batch as the layer has them */
    laco_real *y, *h_out, *c_out;
    int training, record, want_x, want_state;
} layer_call;

static laco_var place(laco_tape *tape, bool wanted, const laco_real *data, int64_t a, int64_t b, int64_t c)
{
    const int64_t shape[] = {a, b, c};
    return wanted ? laco_leaf(tape, data, 3, shape) : laco_input(tape, data, 3, shape);
}

static void take_out(laco_real *to, laco_var from)
{
    if (to && from)
        memcpy(to, laco_var_data(from), (size_t)laco_var_size(from) * sizeof *to);
}

static laco_status run_layer(rnn_object *self, laco_tape *tape, const layer_call *call, run_object *run)
{
    const laco_rnn_config *config = &self->config;
    int64_t batch = config->batch_first ? call->first : call->second;
    laco_module_set_training(self->module, call->training);
    laco_tape_reset(tape);
    laco_tape_set_step(tape, (uint64_t)call->seed);
    laco_var x = place(tape, call->want_x, call->x, call->first, call->second, config->input_size);
    laco_state first = {NULL, NULL};
    if (call->h)
        first.h = place(tape, call->want_state, call->h, states(config), batch, output_size(config));
    if (call->c)
        first.c = place(tape, call->want_state, call->c, states(config), batch, config->hidden_size);
    laco_state last = first;
    laco_var y = laco_rnn_apply(tape, self->rnn, x, call->lengths, &last);
    take_out(call->y, y);
    take_out(call->h_out, last.h);
    take_out(call->c_out, last.c);
    if (run) {
        run->x = x;
        run->y = y;
        run->first = first;
        run->last = last;
    }
    return laco_tape_status(tape);
}

static laco_status take_tape(rnn_object *self, bool record, laco_tape **out)
{
    laco_tape **kept = record ? &self->idle : &self->inference;
    laco_tape_config config = {.inference = !record};
    if (!*kept)
        return laco_tape_new(self->context.ctx, &config, out);
    *out = *kept;
    *kept = NULL;
    return LACO_OK;
}

/* A tape that is no longer needed: one of each kind is kept with its memory, which saves the next call from asking for it. */
static void give_tape(rnn_object *self, bool record, laco_tape *tape)
{
    laco_tape **kept = record ? &self->idle : &self->inference;
    if (!tape)
        return;
    if (*kept) {
        laco_tape_free(tape);
        return;
    }
    laco_tape_reset(tape);
    *kept = tape;
}

/* forward(x, first, second, lengths, h, c, weights, y, h_out, c_out, seed, training, record, want_x, want_state): all of the
 * first are addresses. With `record` a Run, else None. */
static PyObject *rnn_forward(PyObject *object, PyObject *args)
{
    rnn_object *self = (rnn_object *)object;
    Py_ssize_t count = (Py_ssize_t)laco_module_param_count(self->module);
    unsigned long long at[7];
    PyObject *weights;
    layer_call call;
    if (!PyArg_ParseTuple(args, "KLLKKKOKKKLpppp", &at[0], &call.first, &call.second, &at[1], &at[2], &at[3], &weights, &at[4],
                          &at[5], &at[6], &call.seed, &call.training, &call.record, &call.want_x, &call.want_state))
        return NULL;
    call.x = (const laco_real *)(uintptr_t)at[0];
    call.lengths = (const int32_t *)(uintptr_t)at[1];
    call.h = (const laco_real *)(uintptr_t)at[2];
    call.c = (const laco_real *)(uintptr_t)at[3];
    call.y = (laco_real *)(uintptr_t)at[4];
    call.h_out = (laco_real *)(uintptr_t)at[5];
    call.c_out = (laco_real *)(uintptr_t)at[6];
    void **from = PyMem_Malloc((size_t)(count + 1) * sizeof *from);
    run_object *run = call.record ? py_make(run_type) : NULL;
    if (!from || (call.record && !run) || !addresses(self, weights, from)) {
        PyMem_Free(from);
        Py_XDECREF((PyObject *)run);
        return PyErr_Occurred() ? NULL : PyErr_NoMemory();
    }
    PyThreadState *saved = py_begin(&self->context);
    laco_tape *tape = NULL;
    take_weights(self, from, NULL);
    laco_status status = take_tape(self, call.record, &tape);
    if (status == LACO_OK)
        status = run_layer(self, tape, &call, run);
    if (status < 0 || !run)
        give_tape(self, call.record, tape);
    py_end(&self->context, saved);
    PyMem_Free(from);
    if (status < 0) {
        Py_XDECREF((PyObject *)run);
        return py_fail(self->context.ctx, status);
    }
    if (!run)
        Py_RETURN_NONE;
    run->tape = tape;
    run->layer = self;
    Py_INCREF(object);
    return (PyObject *)run;
}

/* ---- Backwards ---- */

static void take_gradient(laco_real *to, laco_var var)
{
    const laco_real *grad = var ? laco_var_grad(var) : NULL;
    if (!to || !var)
        return;
    if (grad)
        memcpy(to, grad, (size_t)laco_var_size(var) * sizeof *to);
    else
        memset(to, 0, (size_t)laco_var_size(var) * sizeof *to);
}

static laco_status go_back(run_object *run, laco_real *const in[3], laco_real *const out[3])
{
    laco_module *module = run->layer->module;
    laco_module_zero_grad(module);
    laco_status status = in[0] ? laco_var_add_grad(run->y, in[0]) : LACO_OK;
    if (status == LACO_OK && in[1])
        status = laco_var_add_grad(run->last.h, in[1]);
    if (status == LACO_OK && in[2] && run->last.c)
        status = laco_var_add_grad(run->last.c, in[2]);
    if (status == LACO_OK)
        status = laco_backward(run->tape, NULL);
    if (status < 0)
        return status;
    take_gradient(out[0], run->x);
    take_gradient(out[1], run->first.h);
    take_gradient(out[2], run->first.c);
    return LACO_OK;
}

/* backward(grad_y, grad_h, grad_c, x, h, c, weights, gradients): addresses of the gradients that came in, of where those by x, h
 * and c belong, of the weights, and of where the gradients by these belong; 0 where there is none, or none is wanted. Once for
 * each run. */
static PyObject *run_backward(PyObject *object, PyObject *args)
{
    run_object *self = (run_object *)object;
    unsigned long long at[6];
    PyObject *weights, *gradients;
    if (!self->tape) {
        PyErr_SetString(PyExc_RuntimeError, "this run was gone through backwards before");
        return NULL;
    }
    if (!PyArg_ParseTuple(args, "KKKKKKOO", &at[0], &at[1], &at[2], &at[3], &at[4], &at[5], &weights, &gradients))
        return NULL;
    laco_real *place[6];
    for (int i = 0; i < 6; i++)
        place[i] = (laco_real *)(uintptr_t)at[i];
    rnn_object *layer = self->layer;
    size_t count = laco_module_param_count(layer->module);
    void **from = PyMem_Malloc((2 * count + 1) * sizeof *from);
    if (!from || !addresses(layer, weights, from) || !addresses(layer, gradients, from + count)) {
        PyMem_Free(from);
        return PyErr_Occurred() ? NULL : PyErr_NoMemory();
    }
    PyThreadState *saved = py_begin(&layer->context);
    take_weights(layer, from, from + count);
    laco_status status = go_back(self, place, place + 3);
    give_tape(layer, true, self->tape);
    self->tape = NULL;
    py_end(&layer->context, saved);
    PyMem_Free(from);
    if (status < 0)
        return py_fail(layer->context.ctx, status);
    Py_RETURN_NONE;
}

static void run_dealloc(PyObject *object)
{
    run_object *self = (run_object *)object;
    if (self->tape) {
        PyThreadState *saved = py_begin(&self->layer->context);
        give_tape(self->layer, true, self->tape);
        py_end(&self->layer->context, saved);
    }
    Py_XDECREF((PyObject *)self->layer);
    py_release(object);
}

/* ---- Types ---- */

static PyMethodDef rnn_methods[] = {
    {"parameters", rnn_parameters, METH_NOARGS, "Names and sizes of the parameters."},
    {"forward", rnn_forward, METH_VARARGS, "One call of the layer."},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot rnn_slots[] = {
    {Py_tp_new, rnn_new},
    {Py_tp_dealloc, rnn_dealloc},
    {Py_tp_methods, rnn_methods},
    {0, NULL},
};
static PyType_Spec rnn_spec = {"laco._laco.Rnn", sizeof(rnn_object), 0, Py_TPFLAGS_DEFAULT, rnn_slots};

static PyMethodDef run_methods[] = {
    {"backward", run_backward, METH_VARARGS, "Gradients of one call."},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot run_slots[] = {
    {Py_tp_dealloc, run_dealloc},
    {Py_tp_methods, run_methods},
    {0, NULL},
};
static PyType_Spec run_spec = {"laco._laco.Run", sizeof(run_object), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                               run_slots};

int py_add_rnn(PyObject *module)
{
    rnn_type = py_add_type(module, &rnn_spec);
    run_type = rnn_type ? py_add_type(module, &run_spec) : NULL;
    return run_type ? 0 : -1;
}
