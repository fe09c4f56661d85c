/* A library of nothing: what each preloaded library adds to a program, whatever is in it. */
extern int empty_library;

int empty_library;
