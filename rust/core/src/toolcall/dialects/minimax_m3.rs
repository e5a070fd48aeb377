//! MiniMax M3: elements with `]<]minimax[>[` before every tag; arguments are elements of their own name, lists `<item>`s.

use crate::json::Value;
use crate::toolcall::dialect::{Cx, Look, Machine, Need, Outcome, Seek, dialect};
use crate::toolcall::family::writer::Writer;
use crate::toolcall::family::xml::{attribute, tag};
use crate::toolcall::typed::{At, Untyped, by_types, item_of, property_of, types_at};

const MARK: &str = "]<]minimax[>[";
const SECTION: &str = "]<]minimax[>[<tool_call>";
const SECTION_END: &str = "]<]minimax[>[</tool_call>";
const CALL: &str = "]<]minimax[>[<invoke";
const CALL_END: &str = "]<]minimax[>[</invoke>";
const MAX_DEPTH: usize = 128;

dialect!(
    MinimaxM3, "minimax_m3", ["]<]minimax[>[<tool_call>", "]<]minimax[>[<invoke"],
    opens: |look, _, _, _| Ok(head(&look, 0)?.is_some()),
    machine: |_, _, _| Box::new(Calls {
        at: 0,
        last: 0,
        call: None,
        open: Vec::new(),
        seek: Seek::from(0),
    }),
);

/// The name of the call at `at`, behind the section's opener if there is one, and where its tag ends.
fn head<'a>(look: &Look<'a>, at: usize) -> Need<Option<(&'a str, usize)>> {
    let mut at = look.skip_space(at);
    if look.starts(at, SECTION)? {
        at = look.skip_space(at + SECTION.len());
    }
    if !look.starts(at, CALL)? {
        return Ok(None);
    }
    let Some(tag) = tag(look, at + CALL.len())? else {
        return Ok(None);
    };
    let name = attribute(tag.inside, "name").unwrap_or_default().trim();
    Ok((!name.is_empty()).then_some((name, tag.end)))
}

/// An element that is open.
#[derive(Debug)]
struct Open {
    name: String,
    /// Where its text begins.
    from: usize,
    /// Its text so far, beside that of the elements in it.
    text: String,
    pairs: Vec<(String, Value)>,
    items: Vec<Value>,
}

/// Put an element's value into the one around it; what comes several times is a list.
fn add(pairs: &mut Vec<(String, Value)>, name: &str, value: Value) {
    match pairs.iter_mut().take(256).find(|(key, _)| key == name) {
        Some((_, Value::Array(items))) => items.push(value),
        Some((_, known)) => {
            let first = std::mem::replace(known, Value::Null);
            *known = Value::Array(vec![first, value]);
        }
        None => pairs.push((name.to_owned(), value)),
    }
}

#[derive(Debug)]
struct Calls {
    at: usize,
    last: usize,
    call: Option<Writer>,
    open: Vec<Open>,
    seek: Seek,
}

impl Calls {
    /// The schema of the innermost open element.
    fn schema<'t>(&self, cx: &Cx<'t, '_>) -> Option<At<'t>> {
        let tool = self.call.as_ref()?.tool(cx.tools)?;
        let schema = tool.schema.as_ref()?;
        let mut at = (schema, schema.root);
        for open in &self.open {
            at = match property_of(at, &open.name) {
                Some(at) => at,
                None if open.name == "item" => item_of(at)?,
                None => return None,
            };
        }
        Some(at)
    }

    /// The innermost element ends at `to`.
    fn close(&mut self, cx: &mut Cx<'_, '_>, to: usize) {
        let schema = self.schema(cx);
        let Some(open) = self.open.pop() else {
            return;
        };
        let last = cx.look.slice(open.from, to);
        let mut pairs = open.pairs;
        let value = if !open.items.is_empty() {
            Value::Array(open.items)
        } else if pairs.is_empty() {
            let types = schema.map_or(0, types_at);
            by_types(last, types, Untyped::Json)
        } else {
            let text = open.text + last;
            if !text.trim().is_empty() {
                // Text beside elements has a name of its own.
                let taken = pairs.iter().any(|(key, _)| key == "$text");
                pairs.push((
                    if taken { "$$text" } else { "$text" }.to_owned(),
                    Value::String(text),
                ));
            }
            Value::Object(pairs)
        };
        match self.open.last_mut() {
            Some(outer) if open.name == "item" => outer.items.push(value),
            Some(outer) => add(&mut outer.pairs, &open.name, value),
            None => {
                if let Some(call) = &mut self.call {
                    call.argument(cx, &open.name, value);
                }
            }
        }
    }

    fn finish(&mut self, cx: &mut Cx<'_, '_>, end: usize, broken: bool) {
        while !self.open.is_empty() {
            self.close(cx, end);
        }
        if let Some(call) = self.call.take() {
            call.finish(cx, end, broken);
        }
        self.last = end;
    }

    /// The mark at `at`.
    fn mark(&mut self, cx: &mut Cx<'_, '_>, at: usize) -> Need<()> {
        let look = cx.look;
        if look.starts(at, CALL_END)? {
            self.at = at + CALL_END.len();
            self.finish(cx, self.at, false);
            return Ok(());
        }
        if look.starts(at, SECTION_END)? || look.starts(at, CALL)? {
            self.at = at;
            self.finish(cx, at, true);
            return Ok(());
        }
        let inner = at + MARK.len();
        let closing = look.starts(inner, "</")?;
        let name = inner + if closing { 2 } else { 1 };
        let found = if look.starts(inner, "<")? {
            tag(&look, name)?
        } else {
            None
        };
        let Some(tag) = found else {
            self.seek = Seek::from(inner);
            return Ok(());
        };
        let name = tag.inside.trim();
        if closing {
            let inner = self.open.len();
            // A closer that fits nothing open is left alone.
            if let Some(depth) = self.open.iter().rposition(|open| open.name == name) {
                while self.open.len() > depth {
                    self.close(cx, at);
                }
            }
            let closed = self.open.len() < inner;
            if let (Some(outer), true) = (self.open.last_mut(), closed) {
                outer.from = tag.end;
            }
        } else if self.open.len() < MAX_DEPTH && !name.is_empty() {
            if let Some(outer) = self.open.last_mut() {
                outer.text.push_str(look.slice(outer.from, at));
            }
            self.open.push(Open {
                name: name.to_owned(),
                from: tag.end,
                text: String::new(),
                pairs: Vec::new(),
                items: Vec::new(),
            });
        }
        self.seek = Seek::from(tag.end);
        Ok(())
    }
}

impl Machine for Calls {
    fn step(&mut self, cx: &mut Cx<'_, '_>) -> Need<Outcome> {
        loop {
            if self.call.is_some() {
                match self.seek.find(&cx.look, &[MARK])? {
                    Some((at, _)) => self.mark(cx, at)?,
                    None => {
                        let end = cx.look.text.len();
                        self.finish(cx, end, true);
                        return Ok(Outcome::Done(end));
                    }
                }
                continue;
            }
            self.at = cx.look.skip_space(self.at);
            if self.last > 0 && cx.look.starts(self.at, SECTION_END)? {
                return Ok(Outcome::Done(self.at + SECTION_END.len()));
            }
            let Some((name, end)) = head(&cx.look, self.at)? else {
                let (done, at) = (self.last > 0, self.at);
                return Ok(if done {
                    Outcome::Done(self.last)
                } else {
                    Outcome::Reject(at)
                });
            };
            self.call = Some(Writer::start(cx, name, self.at));
            self.at = end;
            self.last = end;
            self.seek = Seek::from(end);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        let marked = |text: &str| text.replace('^', super::MARK);
        check(
            "minimax_m3",
            &marked(
                "a^<tool_call>\n^<invoke name=\"f\">^<a>1^</a>^<l>^<item>x^</item>^<item>^<b>true^</b>^</item>^</l>^</invoke>\n^<invoke name=\"g\">^</invoke>^</tool_call>",
            ),
            &[
                call("f", r#"{"a": 1, "l": ["x", {"b": true}]}"#),
                call("g", "{}"),
            ],
            "a",
        );
    }
}
