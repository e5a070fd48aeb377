//! Parts text into the pieces in which tokens are looked for: OpenAI's patterns, read by hand.
//!
//! The patterns are those of tiktoken (MIT licence), which runs them as regular expressions; a test holds every piece
//! against such an engine. `Pattern::piece` says which pieces there are; `Pattern::word` knows the commonest kind of
//! them, a short word of ASCII, by a few operations on the eight bytes it lies in.

use super::classes::{
    ASCII, BLANK, CASELESS, LETTER, LOWER, MARK, NEWLINE, NUMBER, OTHER, Reader, SIGN, SPACE, Set,
    UPPER,
};

/// How one family of encodings parts text.
pub(super) trait Pattern: Copy + Send + Sync {
    /// The classes of ASCII that a word may begin with besides a letter.
    const BEFORE: Set;
    /// Whether a capital after small letters begins a new word, and contractions belong to the word before them.
    const CASED: bool;

    /// Where the piece ends that begins at `at`, which lies before the end of the text.
    fn piece(self, classes: Reader, text: &[u8], at: usize) -> usize;
}

/// `r50k_base` and `p50k_base`: `'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s`.
#[derive(Clone, Copy)]
pub(super) struct Plain;

/// `cl100k_base`: `'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s*[\r\n]+|`
/// `\s+(?!\S)|\s+`.
///
/// tiktoken has `\s++$` before `\s*[\r\n]`, which leaves blanks at the very end with the line ends before them. The
/// tokens are the same, as none of `cl100k_base` has a line end and another blank after its last line end.
#[derive(Clone, Copy)]
pub(super) struct Grouped;

/// `o200k_base`: with `U` for `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]` and `l` for `[\p{Ll}\p{Lm}\p{Lo}\p{M}]`
/// `[^\r\n\p{L}\p{N}]?U*l+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?U+l*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}|`
/// ` ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`.
#[derive(Clone, Copy)]
pub(super) struct Cased;

impl Pattern for Plain {
    const BEFORE: Set = 0;
    const CASED: bool = false;

    #[inline(always)]
    fn piece(self, classes: Reader, text: &[u8], at: usize) -> usize {
        let (first, length) = classes.at(text, at);
        if text[at] == b'\'' {
            let end = contraction::<false>(text, at);
            if end > at {
                return end;
            }
        }
        // One space, and no other blank, may go before a run of any kind.
        let (kind, begin) = if text[at] == b' ' {
            (classes.at(text, at + 1).0, at + 1)
        } else {
            (first, at + length)
        };
        let run = match kind {
            class if class & LETTER != 0 => LETTER,
            NUMBER => NUMBER,
            class if class & SIGN != 0 => SIGN,
            _ => return blanks::<false>(classes, text, at),
        };
        classes.run(text, begin, run)
    }
}

impl Pattern for Grouped {
    const BEFORE: Set = BLANK | OTHER;
    const CASED: bool = false;

    #[inline(always)]
    fn piece(self, classes: Reader, text: &[u8], at: usize) -> usize {
        let (first, length) = classes.at(text, at);
        if text[at] == b'\'' {
            let end = contraction::<true>(text, at);
            if end > at {
                return end;
            }
        }
        if first & LETTER != 0 {
            return classes.run(text, at + length, LETTER);
        }
        if first & (BLANK | SIGN) != 0 {
            let end = classes.run(text, at + length, LETTER);
            if end > at + length {
                return end;
            }
        }
        match first {
            NUMBER => number(classes, text, at + length),
            _ => {
                let end = signs(classes, text, at, first, |byte| {
                    matches!(byte, b'\r' | b'\n')
                });
                if end > at {
                    end
                } else {
                    blanks::<true>(classes, text, at)
                }
            }
        }
    }
}

impl Pattern for Cased {
    const BEFORE: Set = BLANK | OTHER;
    const CASED: bool = true;

    #[inline(always)]
    fn piece(self, classes: Reader, text: &[u8], at: usize) -> usize {
        let (first, length) = classes.at(text, at);
        if first & LETTER != 0 {
            let end = match word(classes, text, at) {
                Word::Small(end) | Word::Capitals(end) => end,
                Word::None => at + length,
            };
            return contraction_after(text, end);
        }
        if first & (BLANK | SIGN) != 0 {
            match (word(classes, text, at + length), first) {
                (Word::Small(end), _) => return contraction_after(text, end),
                // The first of the two alternatives takes the mark alone, before the second would take more.
                (_, MARK) => return contraction_after(text, at + length),
                (Word::Capitals(end), _) => return contraction_after(text, end),
                (Word::None, _) => {}
            }
        }
        match first {
            NUMBER => number(classes, text, at + length),
            _ => {
                let end = signs(classes, text, at, first, |byte| {
                    matches!(byte, b'\r' | b'\n' | b'/')
                });
                if end > at {
                    end
                } else {
                    blanks::<true>(classes, text, at)
                }
            }
        }
    }
}

/// What `U*l+` and `U+l*` find.
enum Word {
    /// `U*l+`, up to here.
    Small(usize),
    /// `U+l*` alone, up to here.
    Capitals(usize),
    None,
}

#[inline(always)]
fn word(classes: Reader, text: &[u8], at: usize) -> Word {
    const BOTH: Set = CASELESS | MARK;
    let mut end = at;
    // Behind the last character that is in `l` too: what `U*` gives back for `l+` when no small letter follows.
    let mut given = at;
    let class = loop {
        let (class, length) = classes.at(text, end);
        if class & (UPPER | BOTH) == 0 {
            break class;
        }
        end += length;
        if class & BOTH != 0 {
            given = end;
        }
    };
    if class == LOWER {
        Word::Small(classes.run(text, end, LOWER | BOTH))
    } else if given > at {
        Word::Small(given)
    } else if end > at {
        Word::Capitals(end)
    } else {
        Word::None
    }
}

/// `\p{N}{1,3}`, of which the first lies before `at`.
#[inline(always)]
fn number(classes: Reader, text: &[u8], mut at: usize) -> usize {
    for _ in 0..2 {
        let (class, length) = classes.at(text, at);
        if class != NUMBER {
            break;
        }
        at += length;
    }
    at
}

/// ` ?[^\s\p{L}\p{N}]+` and then the bytes that `after` takes; `at` when it does not fit.
#[inline(always)]
fn signs(classes: Reader, text: &[u8], at: usize, first: Set, after: impl Fn(u8) -> bool) -> usize {
    let begin = if text[at] == b' ' {
        at + 1
    } else if first & SIGN != 0 {
        at
    } else {
        return at;
    };
    let mut end = classes.run(text, begin, SIGN);
    if end == begin {
        return at;
    }
    while text.get(end).is_some_and(|&byte| after(byte)) {
        end += 1;
    }
    end
}

/// `\s*[\r\n]+` where `LINES`, or `\s+(?!\S)`, or `\s+`: blanks go to what follows but for the last one.
#[inline(always)]
fn blanks<const LINES: bool>(classes: Reader, text: &[u8], at: usize) -> usize {
    let mut end = at;
    let mut last = at;
    let mut line = at;
    let next = loop {
        let (class, length) = classes.at(text, end);
        if class & SPACE == 0 {
            break class;
        }
        last = end;
        end += length;
        if class == NEWLINE {
            line = end;
        }
    };
    if LINES && line > at {
        line
    } else if next == 0 || last == at {
        end
    } else {
        last
    }
}

/// Behind the contraction that begins at `at`, or `at` when there is none. `ſ` is an `s` where case does not count.
#[inline(always)]
fn contraction<const FOLDED: bool>(text: &[u8], at: usize) -> usize {
    let fold = |offset: usize| {
        let byte = text.get(at + offset).copied().unwrap_or(0);
        if FOLDED {
            byte.to_ascii_lowercase()
        } else {
            byte
        }
    };
    if fold(0) != b'\'' {
        return at;
    }
    match (fold(1), fold(2)) {
        (b's' | b'd' | b'm' | b't', _) => at + 2,
        (b'l', b'l') | (b'v' | b'r', b'e') => at + 3,
        (0xc5, 0xbf) if FOLDED => at + 3,
        _ => at,
    }
}

#[inline(always)]
fn contraction_after(text: &[u8], at: usize) -> usize {
    contraction::<true>(text, at)
}

const EACH: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * EACH;

/// The high bit of every byte that is ASCII and from `first` to `last`.
#[inline(always)]
fn between(bytes: u64, first: u8, last: u8) -> u64 {
    // No sum is above 0xff, so that no byte carries into the next.
    let low = bytes & !HIGH;
    let from = low + u64::from(0x80 - first) * EACH;
    let past = low + u64::from(0x7f - last) * EACH;
    from & !past & !bytes & HIGH
}

/// The number of bytes at the low end whose high bit is set in `mask`, which has no other bits.
#[inline(always)]
fn leading(mask: u64) -> usize {
    ((mask ^ HIGH).trailing_zeros() / 8) as usize
}

/// The length of the piece at the low end of these eight bytes of text, if it is a word of ASCII of at most seven bytes
/// and the byte after it shows that it ends there. `None` says nothing.
#[inline(always)]
pub(super) fn short_word<P: Pattern>(bytes: u64) -> Option<usize> {
    let first = bytes as u8;
    let class = *ASCII.get(first as usize)?;
    // The apostrophe begins contractions of their own where they are not part of the word before.
    let before = (class & P::BEFORE != 0 && (P::CASED || first != b'\'')) || first == b' ';
    if !before && class & LETTER == 0 {
        return None;
    }
    let skip = usize::from(before);
    let rest = bytes >> (8 * skip);
    let capitals = between(rest, b'A', b'Z');
    let small = between(rest, b'a', b'z');
    let end = if P::CASED {
        let upper = leading(capitals);
        let small = small.checked_shr(8 * upper as u32).unwrap_or(0);
        skip + upper + leading(small)
    } else {
        skip + leading(capitals | small)
    };
    if end == skip || end > 7 {
        return None;
    }
    let next = (bytes >> (8 * end)) as u8;
    (next < 0x80 && !(P::CASED && next == b'\'')).then_some(end)
}
