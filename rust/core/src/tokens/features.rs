//! What a text is made of, in counts that the tokens of any vocabulary go with: the estimator's features.

/// How many features a text has.
pub const FEATURES: usize = 12;

/// Counts of a text: letters of ASCII, words of them, digits, marks of ASCII, blanks after a space, ends of lines, other
/// Latin letters, letters of other alphabets, characters of Han, kana and hangul, all others; and of the ASCII letters
/// those past the sixth of a word and the capitals after a small one. Linear in its length.
pub fn features(text: &str) -> [u32; FEATURES] {
    let mut counts = [0; FEATURES];
    let mut last = 'a';
    let mut word = 0;
    for char in text.chars() {
        let letter = char.is_ascii_alphabetic();
        match char {
            _ if letter => {
                counts[0] += 1;
                counts[1] += u32::from(word == 0);
                counts[10] += u32::from(word >= 6);
                counts[11] += u32::from(char.is_ascii_uppercase() && last.is_ascii_lowercase());
            }
            '0'..='9' => counts[2] += 1,
            '\n' | '\r' => counts[5] += 1,
            ' ' | '\t' => counts[4] += u32::from(last.is_ascii_whitespace()),
            '!'..='~' => counts[3] += 1,
            '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => counts[6] += 1,
            '\u{2e80}'..='\u{9fff}'
            | '\u{ac00}'..='\u{d7af}'
            | '\u{f900}'..='\u{faff}'
            | '\u{ff00}'..='\u{ffef}'
            | '\u{20000}'..='\u{3ffff}' => counts[8] += 1,
            _ if char.is_alphabetic() => counts[7] += 1,
            _ => counts[9] += 1,
        }
        word = if letter { word + 1 } else { 0 };
        last = char;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::features;

    #[test]
    fn every_character_is_in_one_class() {
        assert_eq!(features(""), [0; 12]);
        assert_eq!(features("ab cd  e"), [5, 3, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(
            features("x=12;\n\n\té ж日本🙂"),
            [1, 1, 2, 2, 1, 2, 1, 1, 2, 1, 0, 0]
        );
        assert_eq!(
            features("parseJsonText"),
            [13, 1, 0, 0, 0, 0, 0, 0, 0, 0, 7, 2]
        );
    }
}
