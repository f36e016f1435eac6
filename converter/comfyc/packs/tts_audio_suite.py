"""TTS Audio Suite: ids that its scripts write into the prompt, and voices in older files.

Source: ``web/audio_analyzer_interface.js``, ``web/model_training_dashboard.js``,
``web/character_voices_preview.js`` (``migrateLegacySerializedWidgets``) and ``web/qwen3_tts_widgets.js``
(``migrateLegacyModel``).
"""

from __future__ import annotations

from comfyc import codes
from comfyc.graph import Node, Widget, WidgetList
from comfyc.packs.behaviour import Behaviour, Export, Saved

FOLDER = "TTS-Audio-Suite"

_RESET = {"reference_text": "", "trim_start": 0, "trim_end": 0, "customized": False}
"""What the library voice of an old file is used with."""


def _add_id(node: Node, export: Export) -> None:
    node.widgets = WidgetList([*node.widgets, Widget("node_id", "custom", node.id)])


def _settle_voice(saved: Saved) -> None:
    """In a file without a value for ``customized`` a voice of the library counts as it is, and without one
    any text is the user's own."""
    widgets = {widget.name: widget for widget in saved.widgets}
    voice, customized = widgets.get("voice_name"), widgets.get("customized")
    values = saved.raw.get("widgets_values")
    if voice is None or customized is None or not isinstance(values, list):
        return
    if len(values) > saved.widgets.index(customized):
        return
    if voice.value in (None, "", "none"):
        customized.value = len(values) > 1
        return
    text = widgets.get("reference_text")
    if text is not None and text.value:
        message = "the text of a voice of the library is not used: the script reads it from the library"
        saved.report(
            codes.VALUE_LOST, message, text, hint="choose the voice 'none' to use a text of your own"
        )
    for name, value in _RESET.items():
        if name in widgets:
            widgets[name].value = value


def _settle_model(saved: Saved) -> None:
    """Replace a mere size, which older versions saved, by the model of this size: the one with voices of its
    own if a voice is chosen, else the one that clones a voice."""
    widgets = {widget.name: widget for widget in saved.widgets}
    model, voice = widgets.get("model_variant"), widgets.get("voice_preset")
    if model is None or model.value not in _SIZES:
        return
    has_voice = voice is not None and voice.value not in (None, "", "None (Zero-shot / Custom)")
    kind = "CustomVoice" if has_voice else "Base"
    options = model.options.get("options")
    for option in options if isinstance(options, list) else ():
        if isinstance(option, str) and option not in _SIZES and kind in option and model.value in option:
            model.value = option
            return


_SIZES = ("1.7B", "0.6B")

BEHAVIOURS = {
    "CharacterVoicesNode": Behaviour(settle=_settle_voice),
    "ChatterBoxAudioAnalyzer": Behaviour(finish=_add_id),
    "Qwen3TTSEngineNode": Behaviour(settle=_settle_model),
    "UnifiedModelTrainingNode": Behaviour(finish=_add_id),
}
