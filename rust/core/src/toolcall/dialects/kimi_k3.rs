//! Kimi K3: `<|open|>call tool="f" index="1"<|sep|><|open|>argument key="a" type="number"<|sep|>1<|close|>argument<|sep|><|close|>call<|sep|>`.

use crate::toolcall::dialect::{Cx, Look, Machine, Need, Outcome, Seek, dialect};
use crate::toolcall::family::keys::of_kind;
use crate::toolcall::family::writer::Writer;
use crate::toolcall::family::xml::attribute;
use crate::toolcall::typed::{Untyped, parameter, typed};

const OPEN_CALL: &str = "<|open|>call ";
const OPEN_ARGUMENT: &str = "<|open|>argument ";
const CLOSE_ARGUMENT: &str = "<|close|>argument<|sep|>";
const CLOSE_CALL: &str = "<|close|>call<|sep|>";
const CLOSE_TOOLS: &str = "<|close|>tools<|sep|>";
const SEP: &str = "<|sep|>";
const MAX_HEAD: usize = 1024;

dialect!(
    KimiK3, "kimi_k3", ["<|open|>call "],
    opens: |look, opener, _, _| Ok(matches!(head(&look, opener)?, Some((inside, _)) if name(inside).is_some())),
    machine: |_, opener, _| Box::new(Call {
        at: opener,
        call: None,
        value: None,
    }),
);

/// What stands between `at` and the separator, and where the separator ends.
fn head<'a>(look: &Look<'a>, at: usize) -> Need<Option<(&'a str, usize)>> {
    let mut window = *look;
    if look.text.len() > at + MAX_HEAD {
        let mut to = at + MAX_HEAD;
        while !look.text.is_char_boundary(to) {
            to -= 1;
        }
        window = Look {
            text: &look.text[..to],
            end: true,
        };
    }
    let found = Seek::from(at).find(&window, &[SEP])?;
    Ok(found.map(|(end, _)| (look.slice(at, end), end + SEP.len())))
}

fn name(inside: &str) -> Option<&str> {
    attribute(inside, "tool").filter(|name| !name.trim().is_empty())
}

#[derive(Debug)]
struct Call {
    at: usize,
    call: Option<Writer>,
    /// The argument under way: its key, its type, and where its text begins.
    value: Option<(String, Option<String>, usize, Seek)>,
}

impl Call {
    fn argument(&mut self, cx: &mut Cx<'_, '_>, to: usize) {
        let Some((key, kind, from, _)) = self.value.take() else {
            return;
        };
        let Some(call) = &mut self.call else {
            return;
        };
        let text = cx.look.slice(from, to);
        let tool = call.tool(cx.tools);
        let value = match kind {
            Some(kind) if kind == "string" || parameter(tool, &key).0.is_none() => {
                of_kind(text, &kind)
            }
            _ => typed(text, tool, &key, Untyped::Json),
        };
        call.argument(cx, &key, value);
    }

    fn finish(&mut self, cx: &mut Cx<'_, '_>, end: usize, broken: bool) -> Outcome {
        if let Some(call) = self.call.take() {
            call.finish(cx, end, broken);
        }
        Outcome::Done(end)
    }
}

impl Machine for Call {
    fn step(&mut self, cx: &mut Cx<'_, '_>) -> Need<Outcome> {
        loop {
            let look = cx.look;
            if self.call.is_none() {
                let Some((inside, end)) = head(&look, self.at)? else {
                    return Ok(Outcome::Reject(self.at));
                };
                let name = name(inside).unwrap_or_default();
                self.call = Some(Writer::start(cx, name, self.at));
                self.at = end;
            }
            if let Some((_, _, _, seek)) = &mut self.value {
                let found = seek.find(&look, &[CLOSE_ARGUMENT, CLOSE_CALL, CLOSE_TOOLS])?;
                let (to, next) = match found {
                    Some((at, 0)) => (at, at + CLOSE_ARGUMENT.len()),
                    Some((at, _)) => (at, at),
                    None => (look.text.len(), look.text.len()),
                };
                self.argument(cx, to);
                self.at = next;
                continue;
            }
            self.at = look.skip_space(self.at);
            if look.starts(self.at, CLOSE_CALL)? {
                return Ok(self.finish(cx, self.at + CLOSE_CALL.len(), false));
            }
            if look.starts(self.at, OPEN_ARGUMENT)? {
                let from = self.at + OPEN_ARGUMENT.len();
                if let Some((inside, end)) = head(&look, from)? {
                    let key = attribute(inside, "key").unwrap_or_default().to_owned();
                    let kind = attribute(inside, "type").map(str::to_owned);
                    self.value = Some((key, kind, end, Seek::from(end)));
                    continue;
                }
            }
            if look.starts(self.at, CLOSE_TOOLS)?
                || look.starts(self.at, OPEN_CALL)?
                || look.byte(self.at)?.is_none()
            {
                return Ok(self.finish(cx, self.at, true));
            }
            // Something else: up to the next mark.
            let mut seek = Seek::from(self.at + 1);
            let found = seek.find(&look, &["<"]);
            self.at = match found {
                Ok(Some((at, _))) => at,
                Ok(None) => look.text.len(),
                Err(more) => {
                    self.at = seek.at().max(self.at + 1) - 1;
                    return Err(more);
                }
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "kimi_k3",
            "<|open|>think<|sep|>t<|close|>think<|sep|><|open|>response<|sep|>a<|close|>response<|sep|><|open|>tools<|sep|><|open|>call tool=\"f\" index=\"1\"<|sep|><|open|>argument key=\"a\" type=\"number\"<|sep|>1<|close|>argument<|sep|><|open|>argument key=\"s\" type=\"string\"<|sep|>2<|close|>argument<|sep|><|close|>call<|sep|><|close|>tools<|sep|><|close|>message<|sep|>",
            &[call("f", r#"{"a": 1, "s": "2"}"#)],
            "a",
        );
    }
}
