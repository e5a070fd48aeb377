//! Numbers: the strict grammar, and the looser spellings that models use.

use super::error::{Error, ErrorKind, MAX_DIGITS};
use super::value::Number;

/// The end of the run of digits that begins at `at`.
fn digits(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && bytes[at].is_ascii_digit() {
        at += 1;
    }
    at
}

/// Read the JSON number that begins at `start`; gives it and the offset after it.
pub(crate) fn strict(text: &str, start: usize) -> Result<(Number, usize), Error> {
    let bytes = text.as_bytes();
    let first = start + usize::from(bytes.get(start) == Some(&b'-'));
    let mut at = first;
    let mut small: i64 = 0;
    while at < bytes.len() && bytes[at].is_ascii_digit() {
        // Exact while it counts: eighteen digits cannot overflow, longer ones are read again from the text.
        small = small
            .wrapping_mul(10)
            .wrapping_add(i64::from(bytes[at] - b'0'));
        at += 1;
    }
    let count = at - first;
    if count == 0 {
        let kind = if at == bytes.len() {
            ErrorKind::UnexpectedEnd
        } else {
            ErrorKind::BadNumber
        };
        return Err(Error::new(kind, at));
    }
    if count > 1 && bytes[first] == b'0' {
        return Err(Error::new(ErrorKind::BadNumber, start));
    }
    let mut float = false;
    if bytes.get(at) == Some(&b'.') {
        let end = digits(bytes, at + 1);
        if end == at + 1 {
            return Err(Error::new(ErrorKind::BadNumber, end));
        }
        (at, float) = (end, true);
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = at + 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let end = digits(bytes, sign);
        if end == sign {
            return Err(Error::new(ErrorKind::BadNumber, end));
        }
        (at, float) = (end, true);
    }
    if !float && count <= 18 {
        return Ok((Number::Int(if first > start { -small } else { small }), at));
    }
    match finish(&text[start..at], float) {
        Some(number) => Ok((number, at)),
        None => Err(Error::new(ErrorKind::NumberOutOfRange, start)),
    }
}

/// The number that a well-formed spelling means; None if nothing can hold it.
fn finish(spelling: &str, float: bool) -> Option<Number> {
    if float {
        return spelling
            .parse::<f64>()
            .ok()
            .filter(|value| value.is_finite())
            .map(Number::Float);
    }
    if let Ok(value) = spelling.parse::<i64>() {
        return Some(Number::Int(value));
    }
    let digits = spelling.trim_start_matches('-').len();
    (digits <= MAX_DIGITS).then(|| Number::BigInt(spelling.into()))
}

/// Read a whole token as a number in the spellings models use: a leading `+`, `.5`, `2.`, `1_000`, a truncated
/// exponent, `0x1F`, `0b1`, `0o7`, a trailing `n`, `f` or `L`. None if the token is no number. Leading zeros are not
/// a number: `007` is more often an identifier, and stays text.
pub(crate) fn loose(token: &str) -> Option<Number> {
    let bytes = token.as_bytes();
    let (negative, body) = match bytes.first()? {
        b'-' => (true, &token[1..]),
        b'+' => (false, &token[1..]),
        _ => (false, token),
    };
    let head = body.as_bytes();
    if !head
        .first()
        .is_some_and(|byte| byte.is_ascii_digit() || (*byte == b'.' && head.len() > 1))
    {
        return None;
    }
    if head.len() > 2 && head[0] == b'0' {
        let radix = match head[1] {
            b'x' | b'X' => 16,
            b'b' | b'B' => 2,
            b'o' | b'O' => 8,
            _ => 0,
        };
        if radix > 0 {
            let value = i64::from_str_radix(&body[2..], radix).ok()?;
            return Some(Number::Int(if negative { -value } else { value }));
        }
    }
    let (mut out, mut float, mut exponent, mut last_digit) =
        (String::with_capacity(token.len() + 1), false, false, false);
    if negative {
        out.push('-');
    }
    for (at, &byte) in head.iter().enumerate() {
        match byte {
            b'0'..=b'9' => out.push(byte as char),
            b'_' if last_digit && head.get(at + 1).is_some_and(u8::is_ascii_digit) => continue,
            b'.' if !float && !exponent => {
                if !last_digit {
                    out.push('0');
                }
                out.push('.');
                float = true;
            }
            b'e' | b'E' if !exponent && at > 0 => {
                if !last_digit {
                    out.push('0');
                }
                out.push('e');
                (float, exponent) = (true, true);
            }
            b'+' | b'-' if out.ends_with('e') => out.push(byte as char),
            b'n' | b'f' | b'L' | b'l' if at + 1 == head.len() && last_digit => break,
            _ => return None,
        }
        last_digit = byte.is_ascii_digit();
    }
    while out.ends_with(['e', '+', '-']) {
        out.pop();
        float = out.contains('.');
    }
    if out.ends_with('.') {
        out.push('0');
    }
    let whole = out
        .trim_start_matches('-')
        .split(['.', 'e'])
        .next()
        .unwrap_or_default();
    if whole.len() > 1 && whole.starts_with('0') {
        return None;
    }
    finish(&out, float)
}

/// Whether a token is a number with thousands separators, such as `1,234` or `-12,345.67`; if so, without them.
pub(crate) fn without_thousands(token: &str) -> Option<String> {
    let body = token.strip_prefix(['-', '+']).unwrap_or(token);
    let (whole, rest) = body
        .split_once('.')
        .map_or((body, ""), |(whole, rest)| (whole, rest));
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let mut any = false;
    let well_formed = (1..=3).contains(&first.len())
        && digits(first)
        && groups.all(|group| {
            any = true;
            group.len() == 3 && digits(group)
        })
        && digits(rest);
    (well_formed && any).then(|| token.replace(',', ""))
}
