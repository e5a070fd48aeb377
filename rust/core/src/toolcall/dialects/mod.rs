//! One file a dialect.

use super::dialect::Dialect;

mod apertus;
mod bare_json;
mod calling_tool_bracket;
mod cohere_cmd;
mod cohere_command_r_plus;
mod deepseek_v3;
mod deepseek_v31;
mod deepseek_v32_dsml;
mod deepseek_v41_dsml;
mod deepseek_v4_dsml;
mod dots;
mod functionary_v2;
mod functionary_v31;
mod functionary_v32;
mod functiongemma;
mod gemma4;
mod gigachat3;
mod glm45_47;
mod gpt_oss_harmony;
mod gptoss_tool_call;
mod granite3;
mod granite_20b_fc;
mod hermes_json;
mod hunyuan_v3;
mod inkling;
mod internlm2;
mod invoke_xml;
mod json_list_xlam;
mod k2_horizon;
mod kimi_k2;
mod kimi_k3;
mod lfm2;
mod llama3_json;
mod llama4_pythonic;
mod longcat;
mod minicpm5_xml;
mod minimax_m2;
mod minimax_m3;
mod mistral_v11;
mod mistral_v3;
mod muse_atem;
mod name_json;
mod nemotron_nano_v2;
mod olmo3_pythonic;
mod phi4mini_functools;
mod plamo3;
mod pythonic;
mod qwen3_coder_xml;
mod react;
mod seed_oss;
mod step3;
mod tool_call_pythonic;
mod tool_calls_array;
mod tool_code;

/// Every dialect. Where several share an opener, the first that takes what follows reads the block.
pub(crate) static ALL: &[&dyn Dialect] = &[
    &gptoss_tool_call::GptossToolCall,
    &hermes_json::HermesJson,
    &functionary_v31::FunctionaryV31,
    &qwen3_coder_xml::Qwen3CoderXml,
    &invoke_xml::InvokeXml,
    &hunyuan_v3::HunyuanV3,
    &glm45_47::Glm45,
    &granite3::Granite3,
    &tool_call_pythonic::ToolCallPythonic,
    &granite_20b_fc::Granite20bFc,
    &internlm2::Internlm2,
    &tool_calls_array::ToolCallsArray,
    &nemotron_nano_v2::NemotronNanoV2,
    &longcat::Longcat,
    &cohere_cmd::CohereCmd,
    &inkling::Inkling,
    &mistral_v3::MistralV3,
    &mistral_v11::MistralV11,
    &gigachat3::Gigachat3,
    &phi4mini_functools::Phi4Functools,
    &apertus::Apertus,
    &seed_oss::SeedOss,
    &minimax_m2::MinimaxM2,
    &dots::Dots,
    &step3::Step3,
    &muse_atem::MuseAtem,
    &minicpm5_xml::Minicpm5Xml,
    &deepseek_v32_dsml::DeepseekV32Dsml,
    &deepseek_v4_dsml::DeepseekV4Dsml,
    &deepseek_v41_dsml::DeepseekV41Dsml,
    &k2_horizon::K2Horizon,
    &deepseek_v3::DeepseekV3,
    &deepseek_v31::DeepseekV31,
    &kimi_k2::KimiK2,
    &kimi_k3::KimiK3,
    &functionary_v2::FunctionaryV2,
    &plamo3::Plamo3,
    &calling_tool_bracket::CallingToolBracket,
    &minimax_m3::MinimaxM3,
    &gemma4::Gemma4,
    &functiongemma::Functiongemma,
    &gpt_oss_harmony::GptOssHarmony,
    &bare_json::BareJson,
    &llama3_json::Llama3Json,
    &lfm2::Lfm2,
    &llama4_pythonic::Llama4Pythonic,
    &olmo3_pythonic::Olmo3Pythonic,
    &tool_code::ToolCode,
    &cohere_command_r_plus::CohereCommandRPlus,
    &pythonic::Pythonic,
    &json_list_xlam::JsonListXlam,
    &react::React,
    &functionary_v32::FunctionaryV32,
    &name_json::NameJson,
];
