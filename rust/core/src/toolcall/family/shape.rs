//! JSON that nothing but its shape says to be a call: whether it may be one is decided by its first keys.

use super::json::{Form, JsonCalls};
use crate::toolcall::call::{Trust, is_arguments_key, is_name_key, known, may_begin_call};
use crate::toolcall::dialect::{Look, Machine, Need};
use crate::toolcall::tools::Tools;

/// Most keys that are looked at.
const MAX_KEYS: usize = 6;
/// Longest key or name that is read, in bytes.
const MAX_STRING: usize = 200;

/// What a pair says.
enum Pair {
    /// It decides.
    Is(bool),
    /// It leaves it open: the next pair begins here. Whether it was a name.
    Open(usize, bool),
}

/// Whether the object at `at` may be a call.
pub(crate) fn object_follows(look: &Look<'_>, at: usize, tools: &Tools) -> Need<bool> {
    let mut at = look.skip_space(at);
    if look.byte(at)? != Some(b'{') {
        return Ok(false);
    }
    at += 1;
    let mut named = false;
    for _ in 0..MAX_KEYS {
        match pair(look, at, named, tools)? {
            Pair::Is(answer) => return Ok(answer),
            Pair::Open(next, name) => (at, named) = (next, named || name),
        }
    }
    Ok(false)
}

fn pair(look: &Look<'_>, at: usize, named: bool, tools: &Tools) -> Need<Pair> {
    let no = Ok(Pair::Is(false));
    let Some((key, next)) = string(look, look.skip_space(at))? else {
        return no;
    };
    let colon = look.skip_space(next);
    if !may_begin_call(key) || look.byte(colon)? != Some(b':') {
        return no;
    }
    let (is_name, is_arguments) = (is_name_key(key), is_arguments_key(key));
    let value = look.skip_space(colon + 1);
    let mut name = false;
    let end = match look.byte(value)? {
        // Arguments written as JSON in a string.
        Some(b'"' | b'\'') if is_arguments => {
            let inner = look.skip_space(value + 1);
            return Ok(Pair::Is(look.byte(inner)? == Some(b'{')));
        }
        Some(b'"' | b'\'') => {
            let Some((text, end)) = string(look, value)? else {
                return Ok(Pair::Is(key == "content"));
            };
            if is_name && (text.is_empty() || !tools.allows(known(text, tools))) {
                return no;
            }
            name = is_name;
            end
        }
        Some(b'{') => {
            return Ok(Pair::Is(
                named || is_arguments || !is_name || key == "function",
            ));
        }
        Some(b'[') => return Ok(Pair::Is(!is_name && !is_arguments)),
        Some(b'n' | b'0'..=b'9') if !is_name => word(look, value)?,
        _ => return no,
    };
    let comma = look.skip_space(end);
    if look.byte(comma)? != Some(b',') {
        return no;
    }
    Ok(Pair::Open(comma + 1, name))
}

/// The end of the number or literal at `at`.
fn word(look: &Look<'_>, at: usize) -> Need<usize> {
    let mut end = at;
    while end < at + 20
        && look
            .byte(end)?
            .is_some_and(|byte| byte.is_ascii_alphanumeric())
    {
        end += 1;
    }
    Ok(end)
}

/// The short string at `at`, and where it ends.
fn string<'a>(look: &Look<'a>, at: usize) -> Need<Option<(&'a str, usize)>> {
    let quote = match look.byte(at)? {
        Some(quote @ (b'"' | b'\'')) => quote,
        _ => return Ok(None),
    };
    let mut to = at + 1;
    loop {
        match look.byte(to)? {
            Some(byte) if byte == quote => return Ok(Some((look.slice(at + 1, to), to + 1))),
            Some(b'\\' | b'\n') | None => return Ok(None),
            Some(_) if to - at > MAX_STRING => return Ok(None),
            Some(_) => to += 1,
        }
    }
}

/// Whether an object, or a list of objects, at `at` may be calls.
pub(crate) fn json_follows(look: &Look<'_>, at: usize, tools: &Tools) -> Need<bool> {
    let at = look.skip_space(at);
    if look.byte(at)? == Some(b'[') {
        return object_follows(look, at + 1, tools);
    }
    object_follows(look, at, tools)
}

/// The machine for such JSON.
pub(crate) fn machine(at: usize, closers: &'static [&'static str]) -> Box<dyn Machine> {
    let form = Form {
        trust: Trust::Shape,
        row: false,
        ..Form::marked(closers)
    };
    JsonCalls::boxed(form, at)
}
