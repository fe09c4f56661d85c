#include "command/symbol_name.h"

#include <stdlib.h>
#include <string.h>

#include "report/demangle.h"

#ifdef REUSESHIM_HAVE_LIBIBERTY
/* Of libiberty's demangle.h, which lies in another folder on each distribution. */
enum { DEMANGLE_D = 1 << 16 };
extern char *cplus_demangle(const char *mangled, int options);

/* D's names have a style of their own; the others are told apart by their first letters. */
static char *demangle_wholly(const char *symbol)
{
    return cplus_demangle(symbol, symbol[1] == 'D' ? DEMANGLE_D : 0);
}
#else
static char *demangle_wholly(const char *symbol)
{
    (void)symbol;
    return NULL;
}
#endif

bool symbol_looks_mangled(const char *name, size_t count)
{
    return count > 2 && name[0] == '_' && (name[1] == 'Z' || name[1] == 'R' || name[1] == 'D');
}

const char *symbol_name(const char *symbol)
{
    char bytes[4096];
    struct text text = text_in(bytes, sizeof bytes);
    char *name;

    if (!symbol_looks_mangled(symbol, strlen(symbol)))
        return symbol;
    name = demangle_wholly(symbol);
    if (name == NULL && demangle(&text, symbol) && !text.cut)
        name = strdup(bytes);
    return name != NULL ? name : symbol;
}

void symbol_name_stack(struct stack *stack)
{
    struct place *places = calloc(stack->count + 1, sizeof *places);
    size_t i;

    if (places == NULL)
        return;
    for (i = 0; i < stack->count; i++) {
        places[i] = stack->places[i];
        if (places[i].symbol != NULL)
            places[i].symbol = symbol_name(places[i].symbol);
    }
    stack->places = places;
}
