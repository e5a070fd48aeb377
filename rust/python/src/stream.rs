//! Binding of `harness_core::stream`: chunks in, events out.

use harness_core::stream::{Event, StreamParser};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

use crate::collector::Paused;
use crate::json::{JsonSchema, Source, off_gil};
use crate::live::{PartialValue, Structured};
use crate::toolcall::{OBJECTS, ParsedToolCall, ToolSet, build_call, dialect, tools_of};

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty),* },)*) => {
        $(
            $(#[$doc])*
            #[pyclass(frozen, get_all, module = "harness.parsing")]
            pub(crate) struct $name { $($field: $kind),* }

            #[pymethods]
            #[allow(unused_mut, unused_variables)]
            impl $name {
                #[new]
                fn new($($field: $kind),*) -> Self {
                    Self { $($field),* }
                }

                #[classattr]
                #[pyo3(name = "__match_args__")]
                fn match_args(py: Python<'_>) -> PyResult<Py<pyo3::types::PyTuple>> {
                    let names: Vec<&str> = vec![$(stringify!($field)),*];
                    Ok(pyo3::types::PyTuple::new(py, names)?.unbind())
                }

                fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
                    let mut fields: Vec<String> = Vec::new();
                    $(fields.push(format!(
                        concat!(stringify!($field), "={}"),
                        slf.getattr(stringify!($field))?.repr()?
                    ));)*
                    Ok(format!(concat!(stringify!($name), "({})"), fields.join(", ")))
                }

                fn __eq__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
                    if !other.is_instance_of::<Self>() {
                        return Ok(false);
                    }
                    $(if !slf.getattr(stringify!($field))?.eq(other.getattr(stringify!($field))?)? {
                        return Ok(false);
                    })*
                    Ok(true)
                }
            }
        )*

        fn register_events(module: &Bound<'_, PyModule>) -> PyResult<()> {
            $(module.add_class::<$name>()?;)*
            Ok(())
        }
    };
}

events! {
    /// More text of the answer.
    TextDelta { text: Py<PyString> },
    /// More of the reasoning before it.
    ReasoningDelta { text: Py<PyString> },
    /// All text until here was reasoning.
    TextWasReasoning {},
    /// A call has begun.
    ToolCallStarted { index: u32, name: Py<PyString> },
    /// More of a call's arguments.
    ToolCallArgumentsDelta { index: u32, json: Py<PyString> },
    /// A call is whole.
    ToolCallReady { index: u32, call: Py<ParsedToolCall> },
}

/// Reads an answer piece by piece.
#[pyclass(name = "StreamMachine", module = "harness._native")]
struct StreamMachine {
    parser: StreamParser,
    structured: Option<Structured>,
    ended: bool,
}

#[pymethods]
impl StreamMachine {
    #[new]
    #[pyo3(signature = (tools = None, format = "auto", schema = None))]
    fn new(
        tools: Option<&Bound<'_, ToolSet>>,
        format: &str,
        schema: Option<&Bound<'_, JsonSchema>>,
    ) -> PyResult<Self> {
        let tools = tools_of(tools);
        let data = schema.is_some() && tools.is_empty();
        let parser = StreamParser::new(tools, dialect(format)?);
        Ok(Self {
            parser: if data {
                parser.expecting_data()
            } else {
                parser
            },
            structured: schema.map(Structured::new),
            ended: false,
        })
    }

    /// Take in more text.
    fn feed<'py>(
        &mut self,
        py: Python<'py>,
        chunk: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyList>> {
        let source = Source::new(chunk)?;
        let text = source.text()?;
        let text: &str = &text;
        let parser = &mut self.parser;
        let events = off_gil(py, text.len(), || parser.feed(text));
        let (list, value) = self.told(py, events)?;
        if let Some(value) = value {
            list.append(value.into_pyobject(py)?)?;
        }
        Ok(list)
    }

    /// Take in a piece of a call that the provider reports.
    #[pyo3(signature = (index, id = None, name = None, arguments = ""))]
    fn feed_call<'py>(
        &mut self,
        py: Python<'py>,
        index: u32,
        id: Option<&str>,
        name: Option<&str>,
        arguments: &str,
    ) -> PyResult<Bound<'py, PyList>> {
        let events = self.parser.feed_call(index, id, name, arguments);
        build_events(py, events)
    }

    /// The text is over.
    fn finish<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let parser = &mut self.parser;
        let events = py.detach(|| parser.finish());
        let (list, mut value) = self.told(py, events)?;
        if let (Some(structured), false) = (&self.structured, self.ended) {
            value = structured.finish(py)?.or(value);
        }
        if let Some(value) = value {
            list.append(value.into_pyobject(py)?)?;
        }
        self.ended = true;
        Ok(list)
    }

    /// The format of the first call so far.
    #[getter]
    fn format(&self) -> Option<&'static str> {
        self.parser.format()
    }
}

impl StreamMachine {
    /// The events, and the value so far.
    fn told<'py>(
        &mut self,
        py: Python<'py>,
        events: Vec<Event>,
    ) -> PyResult<(Bound<'py, PyList>, Option<PartialValue>)> {
        let mut value = None;
        if let Some(structured) = &mut self.structured {
            for event in &events {
                match event {
                    Event::Text(text) => value = structured.feed(py, text)?.or(value),
                    Event::TextWasReasoning => {
                        structured.reset();
                        value = None;
                    }
                    _ => {}
                }
            }
        }
        Ok((build_events(py, events)?, value))
    }
}

fn build_events(py: Python<'_>, events: Vec<Event>) -> PyResult<Bound<'_, PyList>> {
    let _paused = Paused::building(py, events.len() * OBJECTS)?;
    let list = PyList::empty(py);
    let text = |text: &str| PyString::new(py, text).unbind();
    for event in events {
        match event {
            Event::Text(piece) => {
                list.append(TextDelta { text: text(&piece) }.into_pyobject(py)?)?
            }
            Event::Reasoning(piece) => {
                list.append(ReasoningDelta { text: text(&piece) }.into_pyobject(py)?)?
            }
            Event::TextWasReasoning => list.append(TextWasReasoning {}.into_pyobject(py)?)?,
            Event::Started { index, name } => {
                let name = text(&name);
                list.append(ToolCallStarted { index, name }.into_pyobject(py)?)?;
            }
            Event::Arguments { index, text: piece } => {
                let json = text(&piece);
                list.append(ToolCallArgumentsDelta { index, json }.into_pyobject(py)?)?;
            }
            Event::Ready { index, call } => {
                let call = build_call(py, &call)?.unbind();
                list.append(ToolCallReady { index, call }.into_pyobject(py)?)?;
            }
        }
    }
    Ok(list)
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    register_events(module)?;
    module.add_class::<StreamMachine>()
}
