//! Choosing among the candidates of a text by how well they fit a schema.
//!
//! Every candidate, the list of all of them, and the text itself as a string are brought into the schema's shape; the
//! one that took the least is the answer, the earlier of equals. So prose around one word answers an enumeration, and
//! a fenced example does not win over the object that was asked for.

use super::coerce::{Coercer, MISFIT};
use super::{Schema, types};
use crate::json::candidates::{Options, Reading, find};
use crate::json::error::{Error, ErrorKind, MAX_INPUT};
use crate::json::lenient::Parser;
use crate::json::report::{Repair, RepairKind};
use crate::json::strict;
use crate::json::tape::Node;
use crate::json::value::Value;

/// Cost of taking the whole text for a string.
const WHOLE_TEXT: u32 = 6;
/// Cost of gathering several candidates in a list that is asked for.
const GATHERED: u32 = 1;
/// Cost of one candidate where several could be gathered.
const ALONE: u32 = 8;
/// Most candidates that are tried one by one; the others only count in the gathered list.
const TRIED: usize = 64;

/// A value in the shape of a schema.
#[derive(Debug, Clone, PartialEq)]
pub struct SchemaReading {
    /// The value.
    pub value: Value,
    /// What was mended; empty unless asked for.
    pub repairs: Vec<Repair>,
    /// The text ended inside the value.
    pub truncated: bool,
}

/// Find the value in `text` that fits `schema` best, and bring it into its shape.
///
/// # Errors
/// As [`crate::json::repair`]; [`ErrorKind::SchemaMismatch`] if the text holds no JSON and its words do not fit either.
pub fn read_with_schema(
    text: &str,
    schema: &Schema,
    options: &Options,
) -> Result<SchemaReading, Error> {
    if text.len() > MAX_INPUT {
        return Err(Error::new(ErrorKind::TooLong, MAX_INPUT));
    }
    let mut choice = Choice::new(text, schema, options);
    match strict::parse_likely(text) {
        Ok(mut tape) => {
            if options.partial && matches!(tape.nodes.first(), Some(Node::Int(_) | Node::Float(_)))
            {
                tape.nodes[0] = Node::Null;
            }
            choice.offer(tape.to_value(text), 0, Reading::default());
        }
        Err(error) if matches!(error.kind, ErrorKind::TooDeep | ErrorKind::Empty) => {
            return Err(error);
        }
        Err(_) => choice.lenient()?,
    }
    choice.finish()
}

struct Choice<'a> {
    text: &'a str,
    schema: &'a Schema,
    options: &'a Options,
    best: Option<(Value, u32, Reading, [usize; 3])>,
    budget: usize,
}

impl<'a> Choice<'a> {
    fn new(text: &'a str, schema: &'a Schema, options: &'a Options) -> Self {
        Self {
            text,
            schema,
            options,
            best: None,
            budget: text.len().saturating_mul(8).saturating_add(10_000),
        }
    }

    fn offer(&mut self, value: Value, extra: u32, reading: Reading) {
        let mut coercer = Coercer {
            schema: self.schema,
            partial: self.options.partial,
            budget: self.budget,
            coerced: 0,
            renamed: 0,
            filled: 0,
        };
        let (value, cost) = coercer.coerce(value, self.schema.root, 3, 0);
        self.budget = coercer.budget;
        let cost = cost.saturating_add(extra);
        if self
            .best
            .as_ref()
            .is_none_or(|(_, least, ..)| cost < *least)
        {
            self.best = Some((
                value,
                cost,
                reading,
                [coercer.coerced, coercer.renamed, coercer.filled],
            ));
        }
    }

    fn lenient(&mut self) -> Result<(), Error> {
        let text = self.text;
        let mut parser = Parser::new(text);
        parser.report = self.options.report;
        parser.partial = self.options.partial;
        let candidates = match find(&mut parser, true) {
            Ok(found) => found.candidates,
            Err(error) if error.kind == ErrorKind::NoValue => Vec::new(),
            Err(error) => return Err(error),
        };
        if self.options.partial {
            if let Some(node) = parser
                .unsure
                .and_then(|node| parser.tape.nodes.get_mut(node))
            {
                *node = Node::Null;
            }
        }
        let highest = candidates
            .iter()
            .map(|candidate| candidate.rank)
            .max()
            .unwrap_or(0);
        let list =
            candidates.len() > 1 && self.schema.rule(self.schema.root).types & types::ARRAY != 0;
        let mut values = Vec::with_capacity(candidates.len());
        for (index, candidate) in candidates.iter().enumerate() {
            let value = parser
                .tape
                .value_at(text, &mut (candidate.nodes.0 as usize));
            if index < TRIED {
                let (from, to) = candidate.repairs;
                let mut repairs = parser
                    .repairs
                    .get(from as usize..to as usize)
                    .unwrap_or_default()
                    .to_vec();
                if self.options.report && candidates.len() > 1 {
                    repairs.push(Repair {
                        kind: RepairKind::ChosenCandidate,
                        position: candidate.span.0 as usize,
                    });
                }
                let reading = Reading {
                    repairs,
                    truncated: candidate.truncated,
                    ..Reading::default()
                };
                // Of several values for a list, one alone is the worse answer.
                let alone = list && !matches!(value, Value::Array(_));
                let extra = (highest - candidate.rank).min(9) + if alone { ALONE } else { 0 };
                self.offer(value.clone(), extra, reading);
            }
            values.push(value);
        }
        if list {
            let mut repairs = parser.repairs.clone();
            if self.options.report {
                repairs.push(Repair {
                    kind: RepairKind::SeveralValues,
                    position: candidates[0].span.0 as usize,
                });
            }
            let truncated = candidates.iter().any(|candidate| candidate.truncated);
            self.offer(
                Value::Array(values),
                GATHERED,
                Reading {
                    repairs,
                    truncated,
                    ..Reading::default()
                },
            );
        }
        let whole = Value::String(text.trim().to_owned());
        self.offer(
            whole,
            WHOLE_TEXT + if candidates.is_empty() { 0 } else { 6 },
            Reading::default(),
        );
        if candidates.is_empty()
            && self
                .best
                .as_ref()
                .is_some_and(|(_, cost, ..)| *cost >= MISFIT)
        {
            return Err(Error::new(ErrorKind::SchemaMismatch, 0));
        }
        Ok(())
    }

    fn finish(self) -> Result<SchemaReading, Error> {
        let Some((value, _, reading, [coerced, renamed, filled])) = self.best else {
            return Err(Error::new(ErrorKind::NoValue, 0));
        };
        let mut repairs = reading.repairs;
        if self.options.report {
            let kinds = [
                (RepairKind::Coerced, coerced),
                (RepairKind::RenamedKey, renamed),
                (RepairKind::FilledDefault, filled),
            ];
            for (kind, count) in kinds {
                repairs.extend(std::iter::repeat_n(
                    Repair { kind, position: 0 },
                    count.min(1000),
                ));
            }
            repairs.sort_by_key(|repair| repair.position);
        }
        Ok(SchemaReading {
            value,
            repairs,
            truncated: reading.truncated,
        })
    }
}
