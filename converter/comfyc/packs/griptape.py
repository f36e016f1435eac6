"""ComfyUI-Griptape: widgets that are shown by the value of another, and former names of its types.

Source: ``js/NodesWithVisibilityToggles.js``, ``ExtractionNodes.js``, ``TextLoaderModuleNodes.js`` and
``nodeFixes.js``. A hidden widget keeps its value and its index, and is not sent.
"""

from __future__ import annotations

from collections.abc import Mapping

from comfyc.packs.behaviour import Behaviour, Saved, Settle

FOLDER = "ComfyUI-Griptape"

Shown = Mapping[object, tuple[str, ...]]
"""The widgets that are shown, by the value of the widget that decides."""

_SIZES = ("width", "height", "prompt_upsampling")
_STEPS = ("guidance", "steps", "prompt_upsampling")

_BY_IMAGE_MODEL: Shown = {
    "flux-pro-1.1-ultra": ("aspect_ratio_height", "aspect_ratio_width", "raw", "image_prompt_strength"),
    "flux-pro-1.1": _SIZES,
    "flux-pro": (*_SIZES, *_STEPS, "interval"),
    "flux-dev": (*_SIZES, *_STEPS),
    "flux-pro-1.0-depth": _STEPS,
    "flux-pro-1.0-canny": _STEPS,
    "flux-pro-1.0-fill": _STEPS,
}
_BY_EXTRACTION: Shown = {"csv": ("column_names",), "json": ("template_schema",)}
_BY_LOADER: Shown = {
    "WebLoader": ("url",),
    "TextLoader": ("input_source",),
    "CsvLoader": ("input_source",),
    "PdfLoader": ("input_source", "file_path", "choose text to upload"),
}


def _shown_by(name: str, shown: Shown) -> Settle:
    """Show those of the widgets in ``shown`` that belong to the value of the widget ``name``."""
    others = {other for names in shown.values() for other in names}

    def settle(saved: Saved) -> None:
        value = next((widget.value for widget in saved.widgets if widget.name == name), None)
        now = shown.get(value, ()) if isinstance(value, str) else ()
        for widget in saved.widgets:
            if widget.name in others:
                widget.sent = widget.name in now

    return settle


_settle_loader = _shown_by("loader", _BY_LOADER)


def _settle_text_loader(saved: Saved) -> None:
    """Show what belongs to the loader, and the path if it is a file's."""
    widgets = {widget.name: widget for widget in saved.widgets}
    loader, source, path = (widgets.get(name) for name in ("loader", "input_source", "file_path"))
    _settle_loader(saved)
    if loader is None or source is None or path is None:
        return
    path.sent = path.sent or source.value == "File Path"
    if loader.value == "PdfLoader":
        source.value = "File Path"


_FORMER: Mapping[str, list[str]] = {
    "Griptape Agent Config: Amazon Bedrock [DEPRECATED]": [
        "Griptape Agent Config: Amazon Bedrock [DEPRECIATED]",
        "Griptape Agent Config: Amazon Bedrock",
        "Griptape Agent Config: Amazon Bedrock [DEPRICATED]",
    ],
    "Griptape Agent Config: Anthropic [DEPRECATED]": [
        "Griptape Agent Config: Anthropic [DEPRECIATED]",
        "Griptape Agent Config: Anthropic",
        "Griptape Agent Config: Anthropic [DEPRICATED]",
    ],
    "Griptape Agent Config: Azure OpenAI [DEPRECATED]": [
        "Griptape Agent Config: Azure OpenAI [DEPRECIATED]",
        "Griptape Agent Config: Azure OpenAI",
        "Griptape Agent Config: Azure OpenAI [DEPRICATED]",
    ],
    "Griptape Agent Config: Google [DEPRECATED]": [
        "Griptape Agent Config: Google [DEPRECIATED]",
        "Griptape Agent Config: Google",
        "Griptape Agent Config: Google [DEPRICATED]",
    ],
    "Griptape Agent Config: HuggingFace [DEPRECATED]": [
        "Griptape Agent Config: HuggingFace [DEPRECIATED]",
        "Griptape Agent Config: HuggingFace",
        "Griptape Agent Config: HuggingFace [DEPRICATED]",
    ],
    "Griptape Agent Config: LM Studio [DEPRECATED]": [
        "Griptape Agent Config: LM Studio [DEPRECIATED]",
        "Griptape Agent Config: LM Studio",
        "Griptape Agent Config: LM Studio [DEPRICATED]",
    ],
    "Griptape Agent Config: Ollama [DEPRECATED]": [
        "Griptape Agent Config: Ollama [DEPRECIATED]",
        "Griptape Agent Config: Ollama",
        "Griptape Agent Config: Ollama [DEPRICATED]",
    ],
    "Griptape Agent Config: OpenAI Compatible [DEPRECATED]": [
        "Griptape Agent Config: OpenAI Compatible [DEPRECIATED]",
        "Griptape Agent Config: OpenAI Compatible",
        "Griptape Agent Config: OpenAI Compatible [DEPRICATED]",
    ],
    "Griptape Agent Config: OpenAI [DEPRECATED]": [
        "Griptape Agent Config: OpenAI [DEPRECIATED]",
        "Griptape Agent Config: OpenAI",
        "Griptape Agent Config: OpenAI [DEPRICATED]",
    ],
    "Griptape Audio Transcription Driver: OpenAI": ["Griptape Audio Driver: OpenAI"],
    "Griptape Code: Run Python [DEPRECATED]": ["Griptape Code: Run Python"],
    "Griptape Combine: Merge Texts": ["MergeTexts"],
    "Griptape Combine: Rules List": ["RulesList"],
    "Griptape Combine: Tool List": ["ToolList"],
    "Griptape Convert: Text to CLIP Encode": ["gtUITextToClipEncode"],
    "Griptape Create: Agent": ["CreateAgent"],
    "Griptape Create: CLIP Text Encode": ["gtUICLIPTextEncode"],
    "Griptape Create: Image Variation": ["PromptImageVariationTask"],
    "Griptape Create: Image from Text": ["PromptImageGenerationTask"],
    "Griptape Create: Rules": ["Rule"],
    "Griptape Create: Text": ["gtUIInputNode"],
    "Griptape Display: Image": ["gtUIOutputImageNode"],
    "Griptape Display: Text": ["gtUIOutputStringNode"],
    "Griptape Driver: Amazon Bedrock Stable Diffusion": [
        "gtUIAmazonBedrockStableDiffusionImageGenerationDriver"
    ],
    "Griptape Driver: Amazon Bedrock Titan": ["gtUIAmazonBedrockTitanImageGenerationDriver"],
    "Griptape Driver: Azure OpenAI Image Generation": ["Grptape Driver: Azure OpenAI Image Generation"],
    "Griptape Driver: Leonardo.AI": ["gtUILeonardoImageGenerationDriver"],
    "Griptape Embedding Driver: OpenAI Compatible": ["Griptape Embedding Driver: OpenAI Compatable"],
    "Griptape Expand: Agent Nodes": ["ExpandAgent"],
    "Griptape Load: Audio": ["gtUILoadAudio"],
    "Griptape Load: Image From URL": ["gtUIFetchImage"],
    "Griptape Prompt Driver: OpenAI Compatible": ["Griptape Prompt Driver: OpenAI Compatable"],
    "Griptape Run: Agent": ["RunAgent"],
    "Griptape Run: Audio Transcription": ["AudioTranscriptionTask"],
    "Griptape Run: Image Description": ["ImageQueryTask"],
    "Griptape Run: Parallel Image Description": ["ParallelImageQueryTask"],
    "Griptape Run: Task": [
        "PromptTask",
        "ToolTask",
        "ToolkitTask",
        "Griptape Run: Prompt Task",
        "Griptape Run: Tool Task",
        "Griptape Run: Toolkit Task",
    ],
    "Griptape Run: Text Summary": ["TextSummaryTask"],
    "Griptape Text To Speech Driver: ElevenLabs": ["Griptape Audio Driver: ElevenLabs"],
    "Griptape Tool: Audio Transcription": ["gtAudioTranscriptionClient"],
    "Griptape Tool: Calculator": ["Calculator"],
    "Griptape Tool: DateTime": ["DateTime"],
    "Griptape Tool: FileManager": ["gtUIFileManager"],
    "Griptape Tool: Griptape Cloud KnowledgeBase": ["gtUIKnowledgeBaseTool"],
    "Griptape Tool: WebScraper": ["WebScraper"],
    "Griptape Tool: WebSearch": ["gtUIWebSearch"],
    "Griptape Vector Store Driver: Amazon OpenSearch": ["Griptape Driver: Amazon OpenSearch Vector Store"],
    "Griptape Vector Store Driver: Azure MongoDB": ["Griptape Driver: Azure MongoDB Vector Store"],
    "Griptape Vector Store Driver: Griptape Cloud": [
        "Griptape Vector Store Driver: Griptape Cloud KnowledgeBase"
    ],
    "Griptape Vector Store Driver: Local": ["Griptape Driver: Local Vector Store"],
    "Griptape Vector Store Driver: Marqo": ["Griptape Driver: Marqo Vector Store"],
    "Griptape Vector Store Driver: MongoDB Atlas": ["Griptape Driver: MongoDB Atlas Vector Store"],
    "Griptape Vector Store Driver: PGVector": ["Griptape Driver: PGVector Vector Store"],
    "Griptape Vector Store Driver: Pinecone": ["Griptape Driver: Pinecone Vector Store"],
    "Griptape Vector Store Driver: Qdrant": ["Griptape Driver: Qdrant Vector Store"],
    "Griptape Vector Store Driver: Redis": ["Griptape Driver: Redis Vector Store"],
    "Griptape WebSearch Driver: DuckDuckGo": ["Griptape Driver: DuckDuckGo WebSearch"],
    "Griptape WebSearch Driver: Google": ["Griptape Driver: Google WebSearch"],
}
"""By type the names that it had in older versions."""

BEHAVIOURS = {
    **{old: Behaviour(becomes=new) for new, names in _FORMER.items() for old in names},
    "Griptape Driver: Black Forest Labs Image Generation": Behaviour(
        settle=_shown_by("image_generation_model", _BY_IMAGE_MODEL)
    ),
    "Griptape Run: Text Extraction": Behaviour(settle=_shown_by("extraction_type", _BY_EXTRACTION)),
    "Griptape Tool: Extraction": Behaviour(settle=_shown_by("extraction_type", _BY_EXTRACTION)),
    "Griptape RAG Retrieve: Text Loader Module": Behaviour(settle=_settle_text_loader),
}
