//! A structured answer while it is written: Python objects that grow with it.

use std::sync::{Arc, Mutex, PoisonError};

use harness_core::json::{self, Options, Schema};
use harness_core::stream::{Live, Step};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

use crate::json::{JsonSchema, build_value};

/// Up to this many bytes a text that has to be mended is read again with every piece.
const ALWAYS: usize = 1024;

/// The value so far, and how it goes on.
#[derive(Default)]
struct Growing {
    live: Live,
    steps: Vec<Step>,
    root: Option<Py<PyAny>>,
    open: Vec<Py<PyAny>>,
    key: Option<Py<PyString>>,
    /// An unfinished string was put at the end of the innermost list.
    placed: bool,
    text: String,
    /// The text's length at which a text that has to be mended is read again.
    again: usize,
}

impl Growing {
    /// Put a value where the next one belongs.
    fn put(&mut self, py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let placed = std::mem::take(&mut self.placed);
        let Some(container) = self.open.last() else {
            self.root = Some(value.clone().unbind());
            return Ok(());
        };
        let container = container.bind(py);
        if let Ok(list) = container.cast::<PyList>() {
            return match list.len().checked_sub(1) {
                Some(last) if placed => list.set_item(last, value),
                _ => list.append(value),
            };
        }
        match &self.key {
            Some(key) => container.set_item(key.bind(py), value),
            None => Ok(()),
        }
    }

    fn apply(&mut self, py: Python<'_>, step: &Step) -> PyResult<()> {
        match step {
            Step::Object => {
                let object = PyDict::new(py).into_any();
                self.put(py, &object)?;
                self.open.push(object.unbind());
            }
            Step::Array => {
                let list = PyList::empty(py).into_any();
                self.put(py, &list)?;
                self.open.push(list.unbind());
            }
            Step::Close => {
                self.open.pop();
            }
            Step::Key(key) => self.key = Some(PyString::intern(py, key).unbind()),
            Step::Scalar(value) => {
                let value = build_value(py, value)?;
                self.put(py, &value)?;
            }
            Step::Restart => {
                self.root = None;
                self.open.clear();
                self.placed = false;
            }
        }
        Ok(())
    }

    /// The value, with the string at its end as far as it goes.
    fn value(&mut self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        if let Some(tail) = self.live.tail() {
            let tail = PyString::new(py, tail).into_any();
            self.put(py, &tail)?;
            self.placed = true;
        }
        Ok(self
            .root
            .as_ref()
            .map_or_else(|| py.None(), |root| root.clone_ref(py)))
    }
}

/// What a structured answer amounts to, so far.
pub(crate) struct Structured {
    schema: Py<JsonSchema>,
    growing: Arc<Mutex<Growing>>,
}

impl Structured {
    pub(crate) fn new(schema: &Bound<'_, JsonSchema>) -> Self {
        Self {
            schema: schema.clone().unbind(),
            growing: Arc::default(),
        }
    }

    /// All text so far was reasoning.
    pub(crate) fn reset(&mut self) {
        self.growing = Arc::default();
    }

    fn schema(&self) -> &Schema {
        &self.schema.get().0
    }

    /// Take in more text of the answer. The event, if there is a value.
    pub(crate) fn feed(&mut self, py: Python<'_>, text: &str) -> PyResult<Option<PartialValue>> {
        let mut guard = self.growing.lock().unwrap_or_else(PoisonError::into_inner);
        let growing = &mut *guard;
        growing.text.push_str(text);
        let mut steps = std::mem::take(&mut growing.steps);
        growing.live.feed(text, &mut steps);
        for step in &steps {
            growing.apply(py, step)?;
        }
        steps.clear();
        growing.steps = steps;
        if !growing.live.broken() {
            let begun = growing.live.begun();
            return Ok(begun.then(|| PartialValue {
                growing: Some(self.growing.clone()),
                value: None,
                complete: false,
            }));
        }
        // Mended as a whole; a long one each time it has grown by a quarter, so that the sum stays linear.
        if growing.text.len() < growing.again && growing.text.len() > ALWAYS {
            return Ok(None);
        }
        growing.again = growing.text.len() + growing.text.len() / 4;
        let options = Options {
            report: false,
            partial: true,
        };
        let read = json::read_with_schema(&growing.text, self.schema(), &options);
        fixed(py, read.ok(), false)
    }

    /// The text is over: the value as `repair_json` reads it.
    pub(crate) fn finish(&self, py: Python<'_>) -> PyResult<Option<PartialValue>> {
        let growing = self.growing.lock().unwrap_or_else(PoisonError::into_inner);
        if growing.text.trim().is_empty() {
            return Ok(None);
        }
        let options = Options {
            report: false,
            partial: false,
        };
        let read = json::read_with_schema(&growing.text, self.schema(), &options);
        fixed(py, read.ok(), true)
    }
}

fn fixed(
    py: Python<'_>,
    read: Option<json::SchemaReading>,
    complete: bool,
) -> PyResult<Option<PartialValue>> {
    let Some(reading) = read else {
        return Ok(None);
    };
    Ok(Some(PartialValue {
        growing: None,
        value: Some(build_value(py, &reading.value)?.unbind()),
        complete,
    }))
}

/// The structured answer so far.
#[pyclass(frozen, module = "harness.parsing")]
pub(crate) struct PartialValue {
    growing: Option<Arc<Mutex<Growing>>>,
    value: Option<Py<PyAny>>,
    #[pyo3(get)]
    complete: bool,
}

#[pymethods]
impl PartialValue {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    fn match_args() -> (&'static str, &'static str) {
        ("value", "complete")
    }

    /// The value.
    #[getter]
    fn value(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match (&self.value, &self.growing) {
            (Some(value), _) => Ok(value.clone_ref(py)),
            (None, Some(growing)) => growing
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .value(py),
            (None, None) => Ok(py.None()),
        }
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let value = self.value(py)?.into_bound(py).repr()?.to_string();
        let complete = if self.complete { "True" } else { "False" };
        Ok(format!("PartialValue(value={value}, complete={complete})"))
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PartialValue>()
}
