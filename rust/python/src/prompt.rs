//! Binding of `harness_core::prompt`: messages and options in, bodies out.

use harness_core::prompt::{
    CallOptions, Dialect, Image, Message, Out, Part, Prompt as Core, ResponseFormat, Role, Snippet,
    Tool, ToolChoice, Tools, Transcript as CoreTranscript, View, arguments_object,
};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyMapping, PyString};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Tokens from which on a body is written without the GIL: some ten microseconds of work.
const LONG: u64 = 20_000;

/// How long a body will be: the first of two passes, so that the second writes right into the Python object, and the
/// messages, most of a long body, are copied once.
#[derive(Default)]
struct Length {
    text: String,
    pieces: usize,
}

impl Out for Length {
    fn text(&mut self) -> &mut String {
        &mut self.text
    }

    fn piece(&mut self, piece: &str) {
        self.pieces += piece.len();
    }
}

/// A body that is written into the bytes of a Python object.
struct Filling<'a> {
    text: String,
    bytes: &'a mut [u8],
    at: usize,
}

impl Filling<'_> {
    fn put(&mut self, piece: &[u8]) {
        let end = self.at + piece.len();
        if let Some(room) = self.bytes.get_mut(self.at..end) {
            room.copy_from_slice(piece);
        }
        self.at = end;
    }

    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        self.put(text.as_bytes());
        self.text = text;
        self.text.clear();
    }
}

impl Out for Filling<'_> {
    fn text(&mut self) -> &mut String {
        &mut self.text
    }

    fn piece(&mut self, piece: &str) {
        self.flush();
        self.put(piece.as_bytes());
    }
}

/// The text of a Python string; halves of surrogate pairs, which UTF-8 cannot hold, become U+FFFD.
fn text(any: &Bound<'_, PyAny>) -> PyResult<String> {
    let string = any.cast::<PyString>()?;
    match string.to_str() {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => string
            .call_method1("encode", ("utf-16-le", "surrogatepass"))?
            .call_method1("decode", ("utf-16-le", "replace"))?
            .extract(),
    }
}

fn optional_text(any: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    if any.is_none() {
        return Ok(None);
    }
    text(any).map(Some)
}

/// A Python value as compact JSON, keys in their order.
fn json(any: &Bound<'_, PyAny>) -> PyResult<String> {
    let py = any.py();
    let plain = match any.cast::<PyMapping>() {
        Ok(mapping) if !any.is_instance_of::<PyDict>() => {
            py.get_type::<PyDict>().call1((mapping,))?
        }
        _ => any.clone(),
    };
    let options = PyDict::new(py);
    options.set_item("separators", (",", ":"))?;
    options.set_item("ensure_ascii", true)?;
    let dumped = py
        .import("json")?
        .call_method("dumps", (plain,), Some(&options));
    dumped
        .and_then(|text| text.extract())
        .map_err(|error| PyValueError::new_err(format!("this is no JSON: {}", error.value(py))))
}

fn part(any: &Bound<'_, PyAny>) -> PyResult<Part> {
    let kind = any.get_type().name()?;
    Ok(match kind.to_str()? {
        "TextPart" => Part::Text(text(&any.getattr("text")?)?),
        "ReasoningPart" => Part::Reasoning {
            text: text(&any.getattr("text")?)?,
            signature: optional_text(&any.getattr("signature")?)?,
        },
        "ImagePart" => Part::Image(image(any)?),
        "ToolCall" => call(any)?,
        "ToolResult" => Part::Result {
            call_id: text(&any.getattr("call_id")?)?,
            name: text(&any.getattr("name")?)?,
            content: text(&any.getattr("content")?)?,
            is_error: !any.getattr("error")?.is_none(),
        },
        other => {
            return Err(PyTypeError::new_err(format!(
                "a {other} is no part of a message"
            )));
        }
    })
}

fn image(any: &Bound<'_, PyAny>) -> PyResult<Image> {
    if let Some(url) = optional_text(&any.getattr("url")?)? {
        return Ok(Image::Url(url));
    }
    let data = any.getattr("data")?;
    let media_type = text(&any.getattr("media_type")?)?;
    Ok(Image::of_bytes(
        &media_type,
        data.cast::<PyBytes>()?.as_bytes(),
    ))
}

fn call(any: &Bound<'_, PyAny>) -> PyResult<Part> {
    let written = optional_text(&any.getattr("arguments_json")?)?;
    let arguments = match written {
        Some(written) => arguments_object(&written),
        None if any.getattr("parse_error")?.is_none() => json(&any.getattr("arguments")?)?,
        None => arguments_object(""),
    };
    Ok(Part::Call {
        id: text(&any.getattr("id")?)?,
        name: text(&any.getattr("name")?)?,
        arguments,
        signature: optional_text(&any.getattr("signature")?)?,
    })
}

fn message(any: &Bound<'_, PyAny>) -> PyResult<Message> {
    let name = text(&any.getattr("role")?)?;
    let role =
        Role::named(&name).ok_or_else(|| PyValueError::new_err(format!("{name:?} is no role")))?;
    let parts = any.getattr("parts")?.try_iter()?;
    Ok(Message {
        role,
        parts: parts.map(|each| part(&each?)).collect::<PyResult<_>>()?,
    })
}

fn dialect(name: &str) -> PyResult<Dialect> {
    Dialect::named(name).ok_or_else(|| {
        let known: Vec<_> = Dialect::ALL.iter().map(|each| each.0).collect();
        PyValueError::new_err(format!(
            "there is no dialect {name:?}; there are {}",
            known.join(", ")
        ))
    })
}

fn call_options(any: &Bound<'_, PyAny>, model: Option<&str>) -> PyResult<CallOptions> {
    let given = |name| any.getattr(name);
    let model = match given("model")? {
        own if !own.is_none() => text(&own)?,
        _ => model.unwrap_or_default().to_owned(),
    };
    let format = given("response_format")?;
    let extra = given("extra")?;
    let mut fields = Vec::new();
    if extra.is_truthy()? {
        for item in extra.cast::<PyMapping>()?.items()?.iter() {
            let (name, value): (String, Bound<'_, PyAny>) = item.extract()?;
            fields.push((name, json(&value)?));
        }
    }
    Ok(CallOptions {
        model,
        temperature: given("temperature")?.extract()?,
        top_p: given("top_p")?.extract()?,
        max_tokens: given("max_tokens")?.extract()?,
        seed: given("seed")?.extract()?,
        stop: given("stop")?.extract()?,
        tool_choice: optional_text(&given("tool_choice")?)?.map(|name| ToolChoice::named(&name)),
        parallel_tool_calls: given("parallel_tool_calls")?.extract()?,
        response_format: if format.is_none() {
            None
        } else {
            Some(response_format(&format)?)
        },
        stream: given("stream")?.is_truthy()?,
        extra: fields,
    })
}

/// `{"type": "json_object"}`, or `{"type": "json_schema"}` with name and schema in it or under `json_schema`.
fn response_format(any: &Bound<'_, PyAny>) -> PyResult<ResponseFormat> {
    let format = any.cast::<PyMapping>()?;
    let kind: String = format.get_item("type")?.extract()?;
    match kind.as_str() {
        "json_object" => Ok(ResponseFormat::JsonObject),
        "json_schema" => {
            let inner = match format.get_item("json_schema") {
                Ok(inner) => inner,
                Err(_) => any.clone(),
            };
            let inner = inner.cast::<PyMapping>()?;
            Ok(ResponseFormat::JsonSchema {
                name: match inner.get_item("name") {
                    Ok(name) => text(&name)?,
                    Err(_) => "answer".to_owned(),
                },
                schema: json(&inner.get_item("schema")?)?,
                strict: match inner.get_item("strict") {
                    Ok(strict) => strict.extract()?,
                    Err(_) => None,
                },
            })
        }
        other => Err(PyValueError::new_err(format!(
            "there is no response format {other:?}; there are json_object and json_schema"
        ))),
    }
}

/// An append-only list of messages.
#[pyclass(frozen, module = "harness.prompts")]
struct Transcript(Mutex<CoreTranscript>);

impl Transcript {
    fn core(&self) -> MutexGuard<'_, CoreTranscript> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Transcript {
    #[new]
    fn new() -> Self {
        Self(Mutex::default())
    }

    fn append(&self, message: &Bound<'_, PyAny>, tokens: u64) -> PyResult<usize> {
        let message = self::message(message)?;
        let mut core = self.core();
        core.append(message, tokens);
        Ok(core.len())
    }

    fn copy(&self) -> Self {
        Self(Mutex::new(self.core().clone()))
    }

    #[pyo3(signature = (start = 0, end = None))]
    fn tokens(&self, start: usize, end: Option<usize>) -> u64 {
        self.core().tokens_between(start, end.unwrap_or(usize::MAX))
    }

    #[pyo3(signature = (budget, start = 0, end = None))]
    fn window(&self, budget: u64, start: usize, end: Option<usize>) -> usize {
        self.core().window(start, end.unwrap_or(usize::MAX), budget)
    }

    fn role(&self, index: usize) -> Option<&'static str> {
        self.core().role(index).map(Role::name)
    }

    fn __len__(&self) -> usize {
        self.core().len()
    }
}

/// Tools, encoded once for each dialect.
#[pyclass(frozen, module = "harness.prompts")]
struct ToolList(Arc<Tools>);

#[pymethods]
impl ToolList {
    #[new]
    #[pyo3(signature = (specs = None, tokens = 0))]
    fn new(specs: Option<&Bound<'_, PyAny>>, tokens: u64) -> PyResult<Self> {
        let mut list = Vec::new();
        if let Some(specs) = specs {
            for spec in specs.try_iter()? {
                let spec = spec?;
                list.push(Tool {
                    name: text(&spec.getattr("name")?)?,
                    description: text(&spec.getattr("description")?)?,
                    parameters: json(&spec.getattr("parameters")?)?,
                });
            }
        }
        Ok(Self(Arc::new(Tools::new(list, tokens))))
    }

    #[getter]
    fn tokens(&self) -> u64 {
        self.0.tokens()
    }

    fn __len__(&self) -> usize {
        self.0.list().len()
    }
}

/// What one model call sees.
#[pyclass(frozen, name = "PromptBody", module = "harness.prompts")]
struct Prompt(Core);

#[pymethods]
impl Prompt {
    #[new]
    #[pyo3(signature = (transcript, *, ranges = None, system = None, tools = None, snippets = Vec::new(), around_tokens = 0))]
    fn new(
        transcript: &Bound<'_, Transcript>,
        ranges: Option<Vec<(usize, usize)>>,
        system: Option<&Bound<'_, PyAny>>,
        tools: Option<&Bound<'_, ToolList>>,
        snippets: Vec<(String, String)>,
        around_tokens: u64,
    ) -> PyResult<Self> {
        let transcript = transcript.get().core().clone();
        let view = match ranges {
            None => View::all(&transcript),
            Some(ranges) => View::of(
                ranges.into_iter().map(|(start, end)| start..end),
                transcript.len(),
            ),
        };
        let system = system.map(text).transpose()?.map(Arc::from);
        let tools = tools.map_or_else(Arc::default, |tools| tools.get().0.clone());
        let snippets = snippets
            .into_iter()
            .map(|(source, text)| Snippet { source, text })
            .collect();
        Ok(Self(Core::new(
            transcript,
            view,
            system,
            tools,
            snippets,
            around_tokens,
        )))
    }

    #[getter]
    fn tokens(&self) -> u64 {
        self.0.tokens()
    }

    #[getter]
    fn messages(&self) -> usize {
        self.0.view().len()
    }

    #[pyo3(signature = (dialect, options, *, model = None))]
    fn body<'py>(
        &self,
        py: Python<'py>,
        dialect: &str,
        options: &Bound<'py, PyAny>,
        model: Option<&str>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let dialect = self::dialect(dialect)?;
        let options = call_options(options, model)?;
        let mut length = Length::default();
        if self.0.tokens() < LONG {
            self.0.body(dialect, &options, &mut length);
        } else {
            // What was never encoded for this dialect is encoded now.
            py.detach(|| self.0.body(dialect, &options, &mut length));
        }
        let Length { mut text, pieces } = length;
        let length = pieces + text.len();
        text.clear();
        PyBytes::new_with(py, length, |bytes| {
            let mut filling = Filling { text, bytes, at: 0 };
            self.0.body(dialect, &options, &mut filling);
            filling.flush();
            Ok(())
        })
    }

    #[pyo3(signature = (options, *, model = None))]
    fn fingerprint(&self, options: &Bound<'_, PyAny>, model: Option<&str>) -> PyResult<String> {
        Ok(self.0.fingerprint(&call_options(options, model)?).hex())
    }
}

#[pyfunction]
fn prompt_dialects() -> Vec<&'static str> {
    Dialect::ALL.iter().map(|each| each.0).collect()
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Transcript>()?;
    module.add_class::<ToolList>()?;
    module.add_class::<Prompt>()?;
    module.add_function(wrap_pyfunction!(prompt_dialects, module)?)
}
