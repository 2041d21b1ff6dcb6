/* Takes records of the usual kind apart in one pass: text in, doubles out.
 *
 * This recognises; it does not judge. A text is taken whole or not at all: every byte of it must stand where the fields
 * that the caller has learnt from earlier records leave a place for it. Whatever differs, if only a little, is left to
 * the decoders that know all of JSON. So what is taken is valid JSON, and of exactly that shape.
 *
 * Nothing is read beyond the end: behind its last byte a bytes object has a NUL, and no rule here passes over one.
 */

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030b0000 /* one build for Python 3.11 and all later ones */
#include <Python.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "_numbers.h"

/* What the value of a field is; usual.py has the same numbers. The ladders are of full rows, of rows without priors, and
 * of rows whose priors are an empty list. */
enum kind { NUMBER, WHOLE, MOMENT, TEXT, PAIRS, LADDER, BARE_LADDER, EMPTY_LADDER };

#define MOST_FIELDS 64
#define ROW 8  /* strike, gamma, oi_gamma, five priors */
#define BARE 3 /* without priors */
#define PAIR 2 /* strike, change */
/* No list of that kind has fewer bytes an item, its comma included. */
#define SHORTEST_ROW 8
#define SHORTEST_PAIR 6
/* What is made of a text takes less than so many times its size. */
#define LARGEST_TEXT (PY_SSIZE_T_MAX / 64)

struct field {
    const char *key; /* in its quotation marks */
    Py_ssize_t size;
    enum kind kind;
};

/* What all records have in common. */
struct usual {
    struct field fields[MOST_FIELDS];
    Py_ssize_t count;
    const char *text; /* the value of fields that are TEXT, in its quotation marks */
    Py_ssize_t text_size;
};

/* What was taken, and how much of it there is. The ladders lie column by column, ``apart`` numbers apart, in memory of the
 * caller's that holds ``room`` rows more. */
struct taken {
    double *memory, *scalars, *pairs, *ladders;
    int64_t *rows, *pair_rows;
    size_t scalar_count, record_count, pair_count, row_count, apart, room;
};

/* Reads what a row of a ladder has. */
static inline const char *
row(const char *at, enum kind kind, double *found)
{
    if ((at = past(at, '[')) == NULL || (at = numbers(at, found, BARE)) == NULL)
        return NULL;
    if (kind != BARE_LADDER && ((at = past(at, ',')) == NULL || (at = past(at, '[')) == NULL))
        return NULL;
    if (kind == LADDER)
        at = numbers(at, found + BARE, ROW - BARE);
    else
        for (int n = BARE; n < ROW; n++)
            found[n] = NAN;
    if (at == NULL || (kind != BARE_LADDER && (at = past(at, ']')) == NULL))
        return NULL;
    return past(at, ']');
}

/* Reads a list of rows, of which there must be one at least. */
static const char *
ladder(const char *at, enum kind kind, struct taken *taken)
{
    size_t before = taken->row_count;
    double found[ROW];
    if ((at = past(at, '[')) == NULL || (at = row(at, kind, found)) == NULL)
        return NULL;
    for (;;) {
        if (taken->row_count == taken->room)
            return NULL;
        for (int n = 0; n < ROW; n++)
            taken->ladders[(size_t)n * taken->apart + taken->row_count] = found[n];
        taken->row_count++;
        if (*at != ',')
            break;
        if ((at = past(at, ',')) == NULL || (at = row(at, kind, found)) == NULL)
            return NULL;
    }
    taken->rows[taken->record_count] = (int64_t)(taken->row_count - before);
    return past(at, ']');
}

/* Reads a list of pairs, which may be empty. */
static const char *
pairs(const char *at, struct taken *taken)
{
    size_t before = taken->pair_count;
    if ((at = past(at, '[')) == NULL)
        return NULL;
    while (*at != ']') {
        if (taken->pair_count > before && (at = past(at, ',')) == NULL)
            return NULL;
        if ((at = past(at, '[')) == NULL || (at = numbers(at, taken->pairs + PAIR * taken->pair_count, PAIR)) == NULL ||
            (at = past(at, ']')) == NULL)
            return NULL;
        taken->pair_count++;
    }
    taken->pair_rows[taken->record_count] = (int64_t)(taken->pair_count - before);
    return past(at, ']');
}

/* Reads the value of a field. */
static inline const char *
value(const char *at, const char *end, const struct usual *usual, enum kind kind, struct taken *taken)
{
    double *scalar = taken->scalars + taken->scalar_count;
    int64_t found = 0;
    switch (kind) {
    case NUMBER:
        taken->scalar_count++;
        return number(at, scalar);
    case WHOLE:
        taken->scalar_count++;
        at = whole(at, &found);
        *scalar = (double)found;
        return at;
    case MOMENT: /* as a whole number, which a double might not hold */
        taken->scalar_count++;
        at = whole(at, &found);
        memcpy(scalar, &found, sizeof found);
        return at;
    case TEXT:
        if (end - at < usual->text_size || memcmp(at, usual->text, (size_t)usual->text_size) != 0)
            return NULL;
        return at + usual->text_size;
    case PAIRS:
        return pairs(at, taken);
    default:
        return ladder(at, kind, taken);
    }
}

/* Reads a record that has the usual fields, in their order. */
static const char *
record(const char *at, const char *end, const struct usual *usual, struct taken *taken)
{
    taken->rows[taken->record_count] = taken->pair_rows[taken->record_count] = 0;
    if ((at = past(at, '{')) == NULL)
        return NULL;
    for (Py_ssize_t n = 0; n < usual->count; n++) {
        const struct field *field = usual->fields + n;
        if (n && (at = past(at, ',')) == NULL)
            return NULL;
        if (end - at < field->size || memcmp(at, field->key, (size_t)field->size) != 0)
            return NULL;
        if ((at = past(at + field->size, ':')) == NULL || (at = value(at, end, usual, field->kind, taken)) == NULL)
            return NULL;
    }
    taken->record_count++;
    return *(at = past_space(at)) == '}' ? at + 1 : NULL;
}

/* Passes blanks that end no line. */
static const char *
past_blanks(const char *at)
{
    while (*at == ' ' || *at == '\t' || *at == '\r')
        at++;
    return at;
}

/* Reads records with commas or line ends between them, up to the end of the text; the last line may have one, too. */
static int
records(const char *at, const char *end, char between, const struct usual *usual, struct taken *taken)
{
    while ((at = record(at, end, usual, taken)) != NULL) {
        at = between == '\n' ? past_blanks(at) : past_space(at);
        if (at == end)
            return 1;
        if (*at++ != between)
            break;
        if (between == '\n' && at == end)
            return 1;
    }
    return 0;
}

/* Learns what is usual. */
static int
learn(PyObject *fields, struct usual *usual)
{
    usual->count = PyTuple_Size(fields);
    if (usual->count < 1 || usual->count > MOST_FIELDS) {
        PyErr_SetString(PyExc_ValueError, "a record has at least one field, and not so many");
        return 0;
    }
    for (Py_ssize_t n = 0; n < usual->count; n++) {
        struct field *field = usual->fields + n;
        int kind;
        if (!PyArg_ParseTuple(PyTuple_GetItem(fields, n), "y#i", &field->key, &field->size, &kind))
            return 0;
        if (kind < NUMBER || kind > EMPTY_LADDER || field->size < 1) {
            PyErr_SetString(PyExc_ValueError, "a field has a key and a kind");
            return 0;
        }
        field->kind = (enum kind)kind;
    }
    return 1;
}

/* Finds the place for ladders in the caller's columns. */
static int
find_room(const Py_buffer *columns, Py_ssize_t used, struct taken *taken)
{
    Py_ssize_t apart = columns->len / (Py_ssize_t)(ROW * sizeof(double));
    memset(taken, 0, sizeof *taken);
    if (columns->len % (Py_ssize_t)(ROW * sizeof(double)) || used < 0 || used > apart) {
        PyErr_SetString(PyExc_ValueError, "there are eight columns of doubles, and no more of them is used than there is");
        return 0;
    }
    taken->apart = (size_t)apart;
    taken->room = (size_t)(apart - used);
    taken->ladders = (double *)columns->buf + used;
    return 1;
}

/* Gives memory for all else that so many bytes can hold, if there is so much; what of it is not used costs nothing. */
static int
make_room(Py_ssize_t size, const struct usual *usual, struct taken *taken)
{
    size_t keys = 0;
    for (Py_ssize_t n = 0; n < usual->count; n++)
        keys += (size_t)usual->fields[n].size;
    size_t most_records = (size_t)size / keys + 1, most_pairs = (size_t)size / SHORTEST_PAIR + 1;
    size_t scalars = most_records * (size_t)usual->count;
    if (size > LARGEST_TEXT)
        return 0;
    taken->memory = malloc((scalars + 2 * most_records + PAIR * most_pairs) * sizeof(double));
    if (taken->memory == NULL)
        return 0;
    taken->scalars = taken->memory;
    taken->rows = (int64_t *)(taken->scalars + scalars);
    taken->pair_rows = taken->rows + most_records;
    taken->pairs = (double *)(taken->pair_rows + most_records);
    return 1;
}

static PyObject *
as_bytes(const void *at, size_t count)
{
    return PyBytes_FromStringAndSize(at, (Py_ssize_t)(count * sizeof(double)));
}

static PyObject *
take(PyObject *module, PyObject *arguments)
{
    PyObject *text, *fields, *result = NULL;
    Py_buffer columns;
    char *begin;
    int between;
    Py_ssize_t size, start, used;
    struct usual usual;
    struct taken taken;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "SniO!y#w*n", &text, &start, &between, &PyTuple_Type, &fields, &usual.text,
                          &usual.text_size, &columns, &used))
        return NULL;
    if (PyBytes_AsStringAndSize(text, &begin, &size) == 0 && learn(fields, &usual) &&
        find_room(&columns, used, &taken)) {
        if (start < 0 || start > size)
            PyErr_SetString(PyExc_ValueError, "the records begin within the text");
        else if (make_room(size - start, &usual, &taken) && records(begin + start, begin + size, (char)between, &usual, &taken))
            result = Py_BuildValue("NNNN", as_bytes(taken.scalars, taken.scalar_count),
                                   as_bytes(taken.rows, taken.record_count),
                                   as_bytes(taken.pair_rows, taken.record_count),
                                   as_bytes(taken.pairs, PAIR * taken.pair_count));
        else
            result = Py_NewRef(Py_None);
        free(taken.memory);
    }
    PyBuffer_Release(&columns);
    return result;
}

PyDoc_STRVAR(take_doc, "take(text, start, between, fields, ticker, columns, used)\n--\n\nTake records apart; see _usual.pyi.");
static PyMethodDef methods[] = {{"take", take, METH_VARARGS, take_doc}, {NULL, NULL, 0, NULL}};

static int
fill(PyObject *module)
{
    return PyModule_AddIntConstant(module, "SHORTEST_ROW", SHORTEST_ROW);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, fill}, {0, NULL}};
static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_usual", "Records of the usual kind.", 0, methods, slots, NULL, NULL, NULL,
};

PyMODINIT_FUNC
PyInit__usual(void)
{
    return PyModuleDef_Init(&definition);
}
