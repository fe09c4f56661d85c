/* The page's own bytes: its style and its script, line by line. Nothing of a record is in them. */
#ifndef REUSESHIM_COMMAND_REPORT_PAGE_H
#define REUSESHIM_COMMAND_REPORT_PAGE_H

extern const char *const report_style[]; /* ends with NULL */
extern const char *const report_script[];

#endif
