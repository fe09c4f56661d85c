/* For who waits at a terminal while every process of a large machine is looked at. */
#ifndef REUSESHIM_COMMAND_PATIENCE_H
#define REUSESHIM_COMMAND_PATIENCE_H

/* A look begins. */
void patience_begin(void);

/* Called now and then while it goes on: after a second, and then each second, a line on stderr says
 * so, if that is a terminal. */
void patience_tick(void);

/* The look has ended: the line goes. */
void patience_end(void);

#endif
