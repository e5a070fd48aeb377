//! Binding of `harness_core::toolcall`: tools in, calls out.

use std::sync::Arc;

use harness_core::json::parse_strict;
use harness_core::stream::StreamParser;
use harness_core::toolcall::{self, ParsedCall, Tools};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use crate::collector::Paused;
use crate::json::{Source, build_value, off_gil, raise};

/// Tools, prepared for parsing.
#[pyclass(frozen, name = "ToolSet", module = "harness._native")]
pub(crate) struct ToolSet(pub(crate) Arc<Tools>);

#[pymethods]
impl ToolSet {
    /// Tools from a JSON list.
    #[new]
    fn new(text: &str) -> PyResult<Self> {
        let value = parse_strict(text).map_err(|error| raise(text, error))?;
        Ok(Self(Arc::new(Tools::from_value(&value))))
    }
}

/// A call that was read.
#[pyclass(frozen, get_all, name = "ParsedToolCall", module = "harness.parsing")]
pub(crate) struct ParsedToolCall {
    name: Py<PyString>,
    arguments: Py<PyDict>,
    id: Option<String>,
    span: (usize, usize),
    repairs: Py<PyTuple>,
}

#[pymethods]
impl ParsedToolCall {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    fn match_args() -> (&'static str, &'static str) {
        ("name", "arguments")
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let name = self.name.bind(py).repr()?;
        let arguments = self.arguments.bind(py).repr()?;
        Ok(format!(
            "ParsedToolCall(name={name}, arguments={arguments})"
        ))
    }

    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Ok(other) = other.cast::<Self>() else {
            return Ok(false);
        };
        let other = other.get();
        Ok(self.id == other.id
            && self.span == other.span
            && self.name.bind(py).as_any().eq(other.name.bind(py))?
            && self
                .arguments
                .bind(py)
                .as_any()
                .eq(other.arguments.bind(py))?
            && self.repairs.bind(py).as_any().eq(other.repairs.bind(py))?)
    }
}

/// About how many containers a call is made of.
pub(crate) const OBJECTS: usize = 4;

/// A call as a Python object.
pub(crate) fn build_call<'py>(
    py: Python<'py>,
    call: &ParsedCall,
) -> PyResult<Bound<'py, ParsedToolCall>> {
    let arguments = build_value(py, &call.arguments)?.cast_into::<PyDict>()?;
    let repairs = call
        .repairs
        .iter()
        .map(|&(kind, at)| (PyString::intern(py, kind), at));
    let repairs = PyTuple::new(py, repairs)?;
    Bound::new(
        py,
        ParsedToolCall {
            name: PyString::new(py, &call.name).unbind(),
            arguments: arguments.unbind(),
            id: call.id.clone(),
            span: call.span,
            repairs: repairs.unbind(),
        },
    )
}

/// The number of a dialect; none for `auto`.
pub(crate) fn dialect(format: &str) -> PyResult<Option<u16>> {
    if format == "auto" {
        return Ok(None);
    }
    match toolcall::find(format) {
        Some(found) => Ok(Some(found)),
        None => Err(PyValueError::new_err(format!(
            "no tool-call format {format:?}"
        ))),
    }
}

pub(crate) fn tools_of(tools: Option<&Bound<'_, ToolSet>>) -> Arc<Tools> {
    tools.map_or_else(Arc::default, |tools| tools.get().0.clone())
}

/// The calls in a text: `(calls, text, reasoning, format)`.
#[pyfunction]
#[pyo3(signature = (text, tools = None, format = "auto"))]
fn tool_calls<'py>(
    py: Python<'py>,
    text: &Bound<'py, PyAny>,
    tools: Option<&Bound<'py, ToolSet>>,
    format: &str,
) -> PyResult<Bound<'py, PyTuple>> {
    let only = dialect(format)?;
    let tools = tools_of(tools);
    let source = Source::new(text)?;
    let text = source.text()?;
    let text: &str = &text;
    let found = off_gil(py, text.len(), || StreamParser::extract(tools, only, text));
    let _paused = Paused::building(py, found.calls.len() * OBJECTS)?;
    let calls = PyList::empty(py);
    for call in found.calls {
        calls.append(build_call(py, &call)?)?;
    }
    (calls, found.text, found.reasoning, found.format).into_pyobject(py)
}

/// The names of all formats.
#[pyfunction]
fn tool_call_formats() -> Vec<&'static str> {
    toolcall::names().collect()
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<ToolSet>()?;
    module.add_class::<ParsedToolCall>()?;
    module.add_function(wrap_pyfunction!(tool_calls, module)?)?;
    module.add_function(wrap_pyfunction!(tool_call_formats, module)?)?;
    Ok(())
}
