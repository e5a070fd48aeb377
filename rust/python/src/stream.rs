//! Binding of `harness_core::stream`: chunks in, events out.

use harness_core::stream::{Event, StreamParser};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

use crate::json::{Source, off_gil};
use crate::toolcall::{ParsedToolCall, ToolSet, build_call, dialect, tools_of};

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
struct StreamMachine(StreamParser);

#[pymethods]
impl StreamMachine {
    #[new]
    #[pyo3(signature = (tools = None, format = "auto"))]
    fn new(tools: Option<&Bound<'_, ToolSet>>, format: &str) -> PyResult<Self> {
        Ok(Self(StreamParser::new(tools_of(tools), dialect(format)?)))
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
        let parser = &mut self.0;
        let events = off_gil(py, text.len(), || parser.feed(text));
        build_events(py, events)
    }

    /// The text is over.
    fn finish<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let events = self.0.finish();
        build_events(py, events)
    }

    /// The format of the first call so far.
    #[getter]
    fn format(&self) -> Option<&'static str> {
        self.0.format()
    }
}

fn build_events(py: Python<'_>, events: Vec<Event>) -> PyResult<Bound<'_, PyList>> {
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
