//! JSON that nothing but its shape says to be a call: whether it may be one is decided by its first keys.

use super::json::{Form, JsonCalls};
use crate::toolcall::call::{Trust, is_arguments_key, is_name_key, known, may_begin_call};
use crate::toolcall::dialect::{Look, Machine, Need};
use crate::toolcall::tools::Tools;

/// Most keys that are looked at.
const MAX_KEYS: usize = 6;
/// Longest key or name that is read, in bytes.
const MAX_STRING: usize = 200;

/// Whether the object at `at` may be a call.
pub(crate) fn object_follows(look: &Look<'_>, at: usize, tools: &Tools) -> Need<bool> {
    let mut at = look.skip_space(at);
    if look.byte(at)? != Some(b'{') {
        return Ok(false);
    }
    at += 1;
    let mut named = false;
    for _ in 0..MAX_KEYS {
        let Some((key, next)) = string(look, look.skip_space(at))? else {
            return Ok(false);
        };
        if !may_begin_call(key) {
            return Ok(false);
        }
        let colon = look.skip_space(next);
        if look.byte(colon)? != Some(b':') {
            return Ok(false);
        }
        let value = look.skip_space(colon + 1);
        match look.byte(value)? {
            Some(b'"' | b'\'') => {}
            Some(b'{') => {
                return Ok(named
                    || is_arguments_key(key)
                    || !is_name_key(key)
                    || key == "function");
            }
            Some(b'[') => return Ok(!is_name_key(key) && !is_arguments_key(key)),
            Some(b'n' | b'0'..=b'9') if !is_name_key(key) => {
                let mut end = value;
                while look
                    .byte(end)?
                    .is_some_and(|byte| byte.is_ascii_alphanumeric())
                    && end < value + 20
                {
                    end += 1;
                }
                if look.byte(end)? != Some(b',') {
                    return Ok(false);
                }
                at = end + 1;
                continue;
            }
            _ => return Ok(false),
        }
        if is_arguments_key(key) {
            // Arguments written as JSON in a string.
            let inner = look.skip_space(value + 1);
            return Ok(look.byte(inner)? == Some(b'{'));
        }
        let Some((text, end)) = string(look, value)? else {
            return Ok(key == "content");
        };
        if is_name_key(key) {
            if text.is_empty() || !tools.allows(known(text, tools)) {
                return Ok(false);
            }
            named = true;
        }
        let comma = look.skip_space(end);
        if look.byte(comma)? != Some(b',') {
            return Ok(false);
        }
        at = comma + 1;
    }
    Ok(false)
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
