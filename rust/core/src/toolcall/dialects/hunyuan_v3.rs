//! Hunyuan 3: `<tool_calls><tool_call>f<tool_sep><arg_key>a</arg_key><arg_value>1</arg_value></tool_call></tool_calls>`.

use crate::toolcall::dialect::{Look, Need, Seek, dialect};
use crate::toolcall::family::keys::{KeyedCall, Marks, name_follows};
use crate::toolcall::typed::Untyped;

/// Whether the name ends at the separator, which tells this dialect from GLM's.
fn sep_follows(look: Look<'_>, opener: usize) -> Need<bool> {
    let mut at = look.skip_space(opener);
    if look.starts(at, MARKS.next)? {
        at = look.skip_space(at + MARKS.next.len());
    }
    match Seek::from(at).find(&look, &["<", "\n"])? {
        Some((at, _)) => look.starts(look.skip_space(at), "<tool_sep>"),
        None => Ok(false),
    }
}

static MARKS: Marks = Marks {
    after_name: &["<tool_sep>"],
    key: ("<arg_key>", "</arg_key>"),
    kind: None,
    value: ("<arg_value>", "</arg_value>"),
    end: "</tool_call>",
    next: "<tool_call>",
    untyped: Untyped::Json,
};

dialect!(
    HunyuanV3, "hunyuan_v3", ["<tool_calls>", "<tool_call>"],
    opens: |look, opener, _, _| Ok(name_follows(look, opener, &MARKS)? && sep_follows(look, opener)?),
    machine: |_, opener, _| KeyedCall::boxed(&MARKS, opener),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "hunyuan_v3",
            "a<tool_calls><tool_call>f<tool_sep>\n<arg_key>a</arg_key>\n<arg_value>1</arg_value></tool_call><tool_call>g<tool_sep></tool_call></tool_calls>",
            &[call("f", r#"{"a": 1}"#), call("g", "{}")],
            "a",
        );
    }
}
