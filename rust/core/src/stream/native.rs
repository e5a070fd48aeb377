//! Calls that a provider's interface reports in pieces: the same events, the same mending.

use super::{Event, StreamParser};
use crate::json::Value;
use crate::toolcall::ParsedCall;
use crate::toolcall::call::{object, read_json};
use crate::toolcall::dialect::{Look, Sink};
use crate::toolcall::scan::{End, JsonScan};

/// A call under way.
#[derive(Debug, Default)]
pub(super) struct Native {
    /// The provider's number.
    number: u32,
    id: String,
    name: String,
    text: String,
    /// The call's number among the events, once it is announced.
    index: Option<u32>,
    scan: Option<JsonScan>,
    /// Up to here the arguments have been told.
    told: usize,
    done: bool,
}

impl Native {
    /// The name is whole as soon as arguments come.
    fn announce(&mut self, sink: &mut Sink) -> Option<u32> {
        if self.index.is_none() && !self.name.trim().is_empty() {
            self.index = Some(sink.start(self.name.trim()));
        }
        self.index
    }

    fn ready(&mut self, sink: &mut Sink) {
        self.done = true;
        let Some(index) = self.index else {
            return;
        };
        let empty = (Value::Object(Vec::new()), Vec::new());
        let (value, repairs) = read_json(&self.text, 0).unwrap_or(empty);
        let arguments = object(value).unwrap_or_else(|| Value::Object(Vec::new()));
        let mut call = ParsedCall::new(self.name.trim(), arguments, (0, self.text.chars().count()));
        call.id = (!self.id.is_empty()).then(|| std::mem::take(&mut self.id));
        call.repairs = repairs;
        for repair in &mut call.repairs {
            let bytes = self
                .text
                .as_bytes()
                .get(..repair.1)
                .unwrap_or(self.text.as_bytes());
            repair.1 = String::from_utf8_lossy(bytes).chars().count();
        }
        sink.ready(index, call);
    }

    fn more(&mut self, arguments: &str, sink: &mut Sink) {
        if self.done || arguments.is_empty() {
            return;
        }
        self.text.push_str(arguments);
        let Some(index) = self.announce(sink) else {
            return;
        };
        let end = self.end();
        if let Some(end) = end {
            self.text.truncate(end);
        }
        sink.arguments(index, self.text.get(self.told..).unwrap_or_default());
        self.told = self.text.len();
        if end.is_some() {
            self.ready(sink);
        }
    }

    /// Where the brace stands that closes the arguments, if it has come.
    fn end(&mut self) -> Option<usize> {
        let begin = self.text.len() - self.text.trim_start().len();
        if self.scan.is_none() && self.text.as_bytes().get(begin) == Some(&b'{') {
            self.scan = Some(JsonScan::plain(begin));
        }
        let look = Look {
            text: &self.text,
            end: false,
        };
        match self.scan.as_mut()?.run(&look) {
            Ok(End::Closed(end)) => Some(end),
            _ => None,
        }
    }
}

impl StreamParser {
    /// Take in a piece of a call that the provider's interface reports. `number` tells the calls of an answer apart;
    /// a call is ready with the brace that closes its arguments, or at the end.
    pub fn feed_call(
        &mut self,
        number: u32,
        id: Option<&str>,
        name: Option<&str>,
        arguments: &str,
    ) -> Vec<Event> {
        if self.ended {
            return Vec::new();
        }
        let known = self
            .natives
            .iter()
            .rposition(|native| native.number == number);
        let at = known.unwrap_or_else(|| {
            self.natives.push(Native {
                number,
                ..Native::default()
            });
            self.natives.len() - 1
        });
        let native = &mut self.natives[at];
        if let Some(id) = id.filter(|id| !id.is_empty()) {
            id.clone_into(&mut native.id);
        }
        if native.index.is_none() {
            native.name.push_str(name.unwrap_or_default());
        }
        native.more(arguments, &mut self.sink);
        std::mem::take(&mut self.sink.events)
    }

    /// The end of the answer closes what is open.
    pub(super) fn finish_calls(&mut self) {
        for native in &mut self.natives {
            if !native.done && native.announce(&mut self.sink).is_some() {
                native.ready(&mut self.sink);
            }
        }
        self.natives.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::stream::{Event, StreamParser};
    use crate::toolcall::Tools;

    fn parser() -> StreamParser {
        StreamParser::new(Arc::new(Tools::default()), None)
    }

    #[test]
    fn a_call_is_ready_with_its_last_brace() {
        let mut parser = parser();
        assert_eq!(parser.feed_call(0, Some("c1"), Some("f"), ""), []);
        let events = parser.feed_call(0, None, None, "{\"a\":");
        assert!(matches!(
            &events[..],
            [Event::Started { index: 0, .. }, Event::Arguments { .. }]
        ));
        let events = parser.feed_call(0, None, None, " {\"b\": \"}\"}}");
        let [Event::Arguments { .. }, Event::Ready { call, .. }] = &events[..] else {
            panic!("{events:?}");
        };
        assert_eq!(call.arguments.to_json(), r#"{"a":{"b":"}"}}"#);
        assert_eq!(call.id.as_deref(), Some("c1"));
        assert_eq!(parser.finish(), []);
    }

    #[test]
    fn the_end_closes_and_mends() {
        let mut parser = parser();
        parser.feed_call(0, None, Some("f"), "{\"a\": [1");
        parser.feed_call(1, None, Some("g"), "");
        parser.feed_call(2, None, None, "{}");
        let ready: Vec<String> = parser
            .finish()
            .into_iter()
            .filter_map(|event| match event {
                Event::Ready { call, .. } => Some(format!("{}{}", call.name, call.arguments)),
                _ => None,
            })
            .collect();
        assert_eq!(ready, [r#"f{"a":[1]}"#, "g{}"]);
    }
}
