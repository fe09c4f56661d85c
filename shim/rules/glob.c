#include "rules/glob.h"

/* Only the last star ever needs to be tried again: whatever an earlier star could take in
 * addition, the last one can take as well. */
bool glob_matches(const char *pattern, size_t pattern_length, const char *text, size_t text_length)
{
    size_t p = 0, t = 0;
    size_t after_star = 0; /* where the pattern goes on behind the last star, 0 = none yet */
    size_t star_end = 0;   /* where in the text that star's share ends */

    while (t < text_length) {
        if (p < pattern_length && pattern[p] == '*') {
            after_star = ++p;
            star_end = t;
        } else if (p < pattern_length && (pattern[p] == '?' || pattern[p] == text[t])) {
            p++;
            t++;
        } else if (after_star > 0) {
            p = after_star;
            t = ++star_end;
        } else {
            return false;
        }
    }
    while (p < pattern_length && pattern[p] == '*')
        p++;
    return p == pattern_length;
}
