//! Reading numbers, booleans and enumeration values out of text.

use super::Choice;
use crate::json::number;
use crate::json::value::{Number, Value};

/// The same word without case and separators.
pub(crate) fn normal(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// The number a text means: plain, with separators of thousands, a currency, a unit, a percent sign, or a fraction.
/// None if it holds no number or several.
pub(crate) fn number_in(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Some(number) = number::loose(text) {
        return as_f64(&number);
    }
    let mut found = None;
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        // A digit inside a word is part of a name.
        if at > 0
            && (bytes[at - 1].is_ascii_alphabetic() || bytes[at - 1] == b'_')
            && found.is_none()
        {
            let currency = text[..at].chars().all(|c| c.is_alphabetic()) && at <= 3;
            if !currency {
                return None;
            }
        }
        if found.is_some() {
            return None;
        }
        let start = at;
        while at < bytes.len()
            && (bytes[at].is_ascii_digit()
                || (matches!(bytes[at], b'.' | b',' | b'\'' | b'_' | b'/')
                    && bytes.get(at + 1).is_some_and(u8::is_ascii_digit))
                || (matches!(bytes[at], b'e' | b'E')
                    && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)))
        {
            at += 1;
        }
        let before = text[..start].trim_end_matches(|c: char| "$€£¥₹ ".contains(c));
        let negative = before.ends_with('-')
            || before.ends_with('−')
            || (text.starts_with('(') && text.ends_with(')'));
        found = Some(grouped(&text[start..at]).map(|value| if negative { -value } else { value })?);
    }
    found
}

fn as_f64(number: &Number) -> Option<f64> {
    match number {
        Number::Int(value) => Some(*value as f64),
        Number::Float(value) => Some(*value),
        Number::BigInt(digits) => digits.parse().ok(),
    }
}

/// A run of digits and separators. The last separator is the decimal one, if it occurs once and no group of three
/// follows it, or if the other separator stands before it.
fn grouped(run: &str) -> Option<f64> {
    if let Some((over, under)) = run.split_once('/') {
        let under: f64 = under.parse().ok()?;
        let over: f64 = over.parse().ok()?;
        return (under != 0.0).then_some(over / under);
    }
    let run = run.replace(['\'', '_'], "");
    let (comma, dot) = (run.rfind(','), run.rfind('.'));
    let plain = match (comma, dot) {
        (Some(comma), Some(dot)) if comma < dot => run.replace(',', ""),
        (Some(_), Some(_)) => run.replace('.', "").replace(',', "."),
        (Some(comma), None) => {
            let grouped = run[comma + 1..].len() == 3 || run.matches(',').count() > 1;
            if grouped {
                run.replace(',', "")
            } else {
                run.replace(',', ".")
            }
        }
        (None, Some(_)) if run.matches('.').count() > 1 => run.replace('.', ""),
        _ => run,
    };
    plain.parse().ok().filter(|value: &f64| value.is_finite())
}

/// The boolean a text means: one of the usual words alone, or `true` or `false` as the only one of the two inside it.
pub(crate) fn boolean_in(text: &str) -> Option<bool> {
    match normal(text).as_str() {
        "true" | "yes" | "y" | "on" | "1" | "t" => return Some(true),
        "false" | "no" | "n" | "off" | "0" | "f" => return Some(false),
        _ => {}
    }
    let (mut yes, mut no) = (false, false);
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        yes |= word.eq_ignore_ascii_case("true") || word.eq_ignore_ascii_case("yes");
        no |= word.eq_ignore_ascii_case("false") || word.eq_ignore_ascii_case("no");
    }
    (yes != no).then_some(yes)
}

/// How often `name` stands in `text` as a word of its own; both in lower case.
fn occurrences(text: &str, name: &str) -> usize {
    if name.is_empty() {
        return 0;
    }
    let edge = |c: Option<char>| !c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(name)
        .filter(|(at, _)| {
            edge(text[..*at].chars().next_back()) && edge(text[at + name.len()..].chars().next())
        })
        .count()
}

/// The allowed value a text means, and how far it is from it: 0 equal, 1 by case or separators, 4 by text around it.
pub(crate) fn choice_in<'a>(text: &str, choices: &'a [Choice]) -> Option<(&'a Value, u32)> {
    let names = |choice: &Choice| {
        let own = match &choice.value {
            Value::String(name) => name.clone(),
            other => other.to_json(),
        };
        std::iter::once(own)
            .chain(choice.aliases.iter().cloned())
            .collect::<Vec<_>>()
    };
    let trimmed = text.trim();
    let exact = |choice: &&Choice| names(choice).iter().any(|name| name == trimmed);
    if let Some(choice) = choices.iter().find(exact) {
        return Some((&choice.value, u32::from(trimmed.len() != text.len())));
    }
    let wanted = normal(text);
    let close = |choice: &&Choice| names(choice).iter().any(|name| normal(name) == wanted);
    if !wanted.is_empty() {
        if let Some(choice) = choices.iter().find(close) {
            return Some((&choice.value, 1));
        }
    }
    // The beginning of a long text is enough: an answer names its choice early.
    let lower: String = text
        .chars()
        .take(4096)
        .flat_map(char::to_lowercase)
        .collect();
    let mut best: Option<(&Value, usize)> = None;
    let mut tied = false;
    for choice in choices {
        let count = names(choice)
            .iter()
            .map(|name| occurrences(&lower, &name.to_lowercase()))
            .max()
            .unwrap_or(0);
        match best {
            Some((_, most)) if count == most && count > 0 => tied = true,
            Some((_, most)) if count < most => {}
            _ if count > 0 => (best, tied) = (Some((&choice.value, count)), false),
            _ => {}
        }
    }
    best.filter(|_| !tied).map(|(value, _)| (value, 4))
}
