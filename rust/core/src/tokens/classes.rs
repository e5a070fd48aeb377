//! What kind of character each is, as far as the patterns of the encodings tell them apart.

use regex_syntax::hir::{Class, HirKind};
use std::sync::LazyLock;

/// One bit a class, so that several are looked for at once. Every character is in exactly one.
pub(super) type Set = u8;

/// `Lu` and `Lt`.
pub(super) const UPPER: Set = 1;
/// `Ll`.
pub(super) const LOWER: Set = 2;
/// `Lm` and `Lo`: letters without case.
pub(super) const CASELESS: Set = 4;
/// `M`: what is written over and under letters. `\p{L}` does not hold it.
pub(super) const MARK: Set = 8;
/// `N`.
pub(super) const NUMBER: Set = 16;
/// `\s`, but for the ends of lines.
pub(super) const BLANK: Set = 32;
/// Carriage return and line feed.
pub(super) const NEWLINE: Set = 64;
/// All else.
pub(super) const OTHER: Set = 128;

/// `\p{L}`.
pub(super) const LETTER: Set = UPPER | LOWER | CASELESS;
/// `\s`.
pub(super) const SPACE: Set = BLANK | NEWLINE;
/// `[^\s\p{L}\p{N}]`.
pub(super) const SIGN: Set = MARK | OTHER;

/// The classes of ASCII, which need no look into a table of Unicode.
pub(super) const ASCII: [Set; 128] = {
    let mut classes = [OTHER; 128];
    let mut byte = 0;
    while byte < 128 {
        classes[byte] = match byte as u8 {
            b'A'..=b'Z' => UPPER,
            b'a'..=b'z' => LOWER,
            b'0'..=b'9' => NUMBER,
            b'\r' | b'\n' => NEWLINE,
            b' ' | b'\t' | 0x0b | 0x0c => BLANK,
            _ => OTHER,
        };
        byte += 1;
    }
    classes
};

const PAGE: usize = 256;

/// The classes of all characters, in pages: most of the 4352 are alike, and kept once.
struct Classes {
    /// Where the page of each 256 characters begins in `pages`.
    page_of: Vec<u32>,
    pages: Vec<Set>,
}

static CLASSES: LazyLock<Classes> = LazyLock::new(Classes::new);

impl Classes {
    /// The properties are those of the crate that OpenAI's tokenizer uses too, in the same version of Unicode.
    fn new() -> Self {
        let mut all = vec![OTHER; char::MAX as usize + 1];
        for (pattern, class) in [
            (r"\p{Lu}", UPPER),
            (r"\p{Lt}", UPPER),
            (r"\p{Ll}", LOWER),
            (r"\p{Lm}", CASELESS),
            (r"\p{Lo}", CASELESS),
            (r"\p{M}", MARK),
            (r"\p{N}", NUMBER),
            (r"\s", BLANK),
            (r"[\r\n]", NEWLINE),
        ] {
            for (first, last) in ranges(pattern) {
                all[first as usize..=last as usize].fill(class);
            }
        }
        let mut pages: Vec<Set> = Vec::new();
        let page_of = all
            .chunks(PAGE)
            .map(|page| {
                let found = pages.chunks(PAGE).rposition(|each| each == page);
                let begin = found.map_or(pages.len(), |index| index * PAGE);
                if begin == pages.len() {
                    pages.extend_from_slice(page);
                }
                begin as u32
            })
            .collect();
        Self { page_of, pages }
    }
}

/// The characters that a class of a regular expression holds.
fn ranges(pattern: &str) -> Vec<(char, char)> {
    match regex_syntax::parse(pattern).map(|parsed| parsed.into_kind()) {
        Ok(HirKind::Class(Class::Unicode(class))) => class
            .ranges()
            .iter()
            .map(|range| (range.start(), range.end()))
            .collect(),
        // The patterns are those above, and a test reads every class.
        _ => Vec::new(),
    }
}

/// Reads the classes of characters out of UTF-8.
#[derive(Clone, Copy)]
pub(super) struct Reader(&'static Classes);

impl Reader {
    /// Has the tables made, unless they are there.
    pub(super) fn new() -> Self {
        Self(&CLASSES)
    }

    /// The class of the character that begins at `at`, and its length in bytes. The end of the text has no class.
    #[inline(always)]
    pub(super) fn at(self, text: &[u8], at: usize) -> (Set, usize) {
        match text.get(at) {
            None => (0, 0),
            Some(&byte) if byte < 0x80 => (ASCII[byte as usize], 1),
            Some(&byte) => self.long(text, at, byte),
        }
    }

    /// As `at`, of a character of more than one byte. The text is valid UTF-8; what is not is of class OTHER.
    #[inline]
    fn long(self, text: &[u8], at: usize, first: u8) -> (Set, usize) {
        let low = |offset: usize| u32::from(text.get(at + offset).copied().unwrap_or(0) & 0x3f);
        let first = u32::from(first);
        let (code, length) = if first < 0xe0 {
            ((first & 0x1f) << 6 | low(1), 2)
        } else if first < 0xf0 {
            ((first & 0x0f) << 12 | low(1) << 6 | low(2), 3)
        } else {
            (
                (first & 0x07) << 18 | low(1) << 12 | low(2) << 6 | low(3),
                4,
            )
        };
        let Classes { page_of, pages } = self.0;
        let class = match page_of.get(code as usize / PAGE) {
            Some(&page) => pages[page as usize + code as usize % PAGE],
            None => OTHER,
        };
        (class, length)
    }

    /// Where the run of characters of `set` ends that begins at `at`; `at` itself when there is none.
    #[inline(always)]
    pub(super) fn run(self, text: &[u8], mut at: usize, set: Set) -> usize {
        loop {
            let (class, length) = self.at(text, at);
            if class & set == 0 {
                return at;
            }
            at += length;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(character: char) -> Set {
        let mut buffer = [0; 4];
        let text = character.encode_utf8(&mut buffer);
        let (class, length) = Reader::new().at(text.as_bytes(), 0);
        assert_eq!(length, character.len_utf8());
        class
    }

    #[test]
    fn every_class_is_read() {
        for (characters, expected) in [
            ("AÄǅΩ", UPPER),
            ("zßſµ", LOWER),
            ("ʰ中あª𠀀", CASELESS),
            ("\u{301}\u{20dd}\u{903}", MARK),
            ("7½Ⅷ٣", NUMBER),
            (" \t\u{b}\u{c}\u{85}\u{a0}\u{3000}\u{2028}", BLANK),
            ("\r\n", NEWLINE),
            ("!_🙂€\0\u{200b}\u{e000}\u{10ffff}", OTHER),
        ] {
            for character in characters.chars() {
                assert_eq!(class(character), expected, "{character:?}");
            }
        }
    }

    #[test]
    fn the_classes_of_ascii_are_those_of_unicode() {
        for byte in 0..128_u8 {
            let code = usize::from(byte);
            let unicode = CLASSES.pages[CLASSES.page_of[0] as usize + code];
            assert_eq!(ASCII[code], unicode, "{:?}", char::from(byte));
        }
    }
}
