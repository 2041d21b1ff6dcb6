/* Numbers and what stands between them, as JSON writes them.
 *
 * Each function gives where it has come to, or NULL if there is something else. None looks beyond a NUL.
 */

#ifndef GEXLAKE_NUMBERS_H
#define GEXLAKE_NUMBERS_H

#include <Python.h>

#include <float.h>
#include <stdint.h>
#include <string.h>

#if FLT_EVAL_METHOD != 0
#error "the quotient of two doubles has to be rounded once, to a double"
#endif

/* So many digits fit into 64 bits, whatever they are. */
#define MOST_DIGITS 18
/* Up to here every whole number is a double. */
#define EXACT (1ULL << 53)
#define LONGEST_NUMBER 63

static const double POWERS[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};

static inline const char *
past_space(const char *at)
{
    while (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')
        at++;
    return at;
}

/* Passes one character with any space around it; NULL if there is another one. */
static inline const char *
past(const char *at, char wanted)
{
    if (*at != wanted) {
        at = past_space(at);
        if (*at != wanted)
            return NULL;
    }
    at++;
    return (unsigned char)*at > ' ' ? at : past_space(at);
}

static inline int
is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* Passes digits, and appends them to a number; of one that has become too large the caller makes no use. */
static inline const char *
past_digits(const char *at, uint64_t *number)
{
    uint64_t found = *number;
    for (; is_digit(*at); at++)
        found = 10 * found + (uint64_t)(*at - '0');
    *number = found;
    return at;
}

/* Reads a number that is not the quotient of two exact doubles, which is rare, as Python reads it. ``at`` is the end of
 * its fraction. */
static const char *
long_number(const char *begin, const char *at, double *found)
{
    char text[LONGEST_NUMBER + 1];
    if (*at == 'e' || *at == 'E') {
        at++;
        if (*at == '+' || *at == '-')
            at++;
        if (!is_digit(*at))
            return NULL;
        while (is_digit(*at))
            at++;
    }
    size_t size = (size_t)(at - begin);
    if (size > LONGEST_NUMBER)
        return NULL;
    memcpy(text, begin, size);
    text[size] = 0;
    *found = PyOS_string_to_double(text, NULL, PyExc_OverflowError);
    if (PyErr_Occurred()) { /* beyond all doubles: whoever judges the record will say so */
        PyErr_Clear();
        return NULL;
    }
    return at;
}

/* Reads a whole number that is not too long. */
static inline const char *
whole(const char *at, int64_t *found)
{
    int minus = *at == '-';
    const char *first = at += minus;
    uint64_t size = 0;
    at = past_digits(at, &size);
    if (at == first || at - first > MOST_DIGITS || (*first == '0' && at - first > 1))
        return NULL;
    if (*at == '.' || *at == 'e' || *at == 'E')
        return NULL;
    *found = minus ? -(int64_t)size : (int64_t)size;
    return at;
}

/* Reads a number as the double that is nearest to it. */
static inline const char *
number(const char *at, double *found)
{
    const char *begin = at;
    int minus = *at == '-';
    const char *first = at += minus;
    uint64_t digits = 0;
    at = past_digits(at, &digits);
    if (at == first || (*first == '0' && at - first > 1))
        return NULL;
    if (*at == '.') {
        const char *fraction = ++at;
        at = past_digits(at, &digits);
        if (at == fraction)
            return NULL;
        if (at - first > MOST_DIGITS || digits > EXACT || *at == 'e' || *at == 'E')
            return long_number(begin, at, found);
        /* Both are exact, so that their quotient is rounded once, as it has to be. */
        double size = (double)digits / POWERS[at - fraction];
        *found = minus ? -size : size;
        return at;
    }
    if (*at == 'e' || *at == 'E')
        return long_number(begin, at, found);
    if (at - first > MOST_DIGITS)
        return NULL;
    /* A whole number has no negative zero. */
    *found = minus && digits ? -(double)digits : (double)digits;
    return at;
}

/* Reads so many numbers with commas between them. */
static inline const char *
numbers(const char *at, double *found, int wanted)
{
    for (int n = 0; n < wanted; n++)
        if ((n && (at = past(at, ',')) == NULL) || (at = number(at, found + n)) == NULL)
            return NULL;
    return at;
}

#endif
