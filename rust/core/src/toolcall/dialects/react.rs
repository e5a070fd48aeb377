//! ReAct: `Action: f` on a line, `Action Input: {...}` on the next; the input may also be text.

use crate::json::Value;
use crate::toolcall::call::known;
use crate::toolcall::dialect::{Cx, Look, Machine, Need, Outcome, Place, Seek, dialect};
use crate::toolcall::family::named::{Marks, NamedCall, is_name, plain};
use crate::toolcall::family::writer::Writer;
use crate::toolcall::typed::{Untyped, typed};

const INPUT: &str = "Action Input:";
const MAX_NAME: usize = 200;

static MARKS: Marks = Marks {
    after_name: &["\n"],
    between: &[INPUT],
    closers: &[],
    name: plain,
};

dialect!(
    React, "react", ["Action:"],
    opens: |look, opener, _, tools| match head(&look, opener)? {
        Some((name, _)) => Ok(tools.allows(known(name, tools))),
        None => Ok(false),
    },
    machine: |look, opener, _| match head(&look, opener) {
        Ok(Some((name, input))) if look.byte(input) != Ok(Some(b'{')) && !look.slice(input, input + 3).starts_with("```") => {
            Box::new(Plain {
                name: name.to_owned(),
                seek: Seek::from(input),
                input,
            })
        }
        _ => NamedCall::boxed(&MARKS, opener),
    },
    place: Place::Line,
);

/// The name, and where its input begins.
fn head<'a>(look: &Look<'a>, at: usize) -> Need<Option<(&'a str, usize)>> {
    let at = look.skip_blank(at);
    let mut to = at;
    while look.byte(to)?.is_some_and(|byte| byte != b'\n') {
        to += 1;
        if to - at > MAX_NAME {
            return Ok(None);
        }
    }
    let name = look.slice(at, to).trim();
    let next = look.skip_space(to);
    if !is_name(name) || !look.starts(next, INPUT)? {
        return Ok(None);
    }
    let input = look.skip_space(next + INPUT.len());
    look.byte(input)?;
    if look.starts(input, "```")? {
        return Ok(Some((name, input)));
    }
    Ok(Some((name, input)))
}

/// An input that is no object: the line is the first parameter, or `input`.
#[derive(Debug)]
struct Plain {
    name: String,
    input: usize,
    seek: Seek,
}

impl Machine for Plain {
    fn step(&mut self, cx: &mut Cx<'_, '_>) -> Need<Outcome> {
        let found = self.seek.find(&cx.look, &["\n"])?;
        let end = found.map_or(cx.look.text.len(), |(at, _)| at);
        let text = cx.look.slice(self.input, end).trim();
        let mut call = Writer::start(cx, &self.name, 0);
        let tool = call.tool(cx.tools);
        let key = tool
            .map(|tool| tool.parameters())
            .and_then(|keys| keys.first().copied())
            .unwrap_or("input");
        let text = text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'))
            .unwrap_or(text);
        let value: Value = typed(text, tool, key, Untyped::Text);
        call.argument(cx, key, value);
        call.finish(cx, end, false);
        Ok(Outcome::Done(end))
    }
}

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check, check_with};

    #[test]
    fn cases() {
        check(
            "react",
            "Thought: look.\nAction: f\nAction Input: {\"a\": 1}\nObservation:",
            &[call("f", r#"{"a": 1}"#)],
            "Thought: look.\n\nObservation:",
        );
        check_with(
            "react",
            r#"[{"name": "f", "parameters": {"properties": {"s": {"type": "string"}}}}]"#,
            "Action: f\nAction Input: Paris",
            &[call("f", r#"{"s": "Paris"}"#)],
            "",
        );
        check(
            "react",
            "Action: go home\nAction now",
            &[],
            "Action: go home\nAction now",
        );
    }
}
