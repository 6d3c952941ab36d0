"""Small networks of the families of keras-hub, by their class: what each is made by. Their weights are random."""

from typing import Any

import keras_hub

from blocktune.known_keras import keras

Given = dict[str, Any]

SIZE = 32

_IMAGE = {"image_shape": (SIZE, SIZE, 3)}
_TOKENS = {"patch_size": 8, "num_layers": 2, "num_heads": 2, "hidden_dim": 8, **_IMAGE}
_TOWER = {**_TOKENS, "intermediate_dim": 16}
_TEXT = {"vocabulary_size": 12, "embedding_dim": 8, "hidden_dim": 8, "num_layers": 1, "num_heads": 1}

SMALL: dict[str, Given] = {
    "ViTBackbone": {**_TOKENS, "mlp_dim": 16},
    "DeiTBackbone": _TOWER,
    "DINOV2Backbone": {**_TOWER, "position_embedding_shape": (SIZE, SIZE, 3)},
    "DINOV3Backbone": _TOWER,
    "SigLIPVisionEncoder": _TOWER,
    "CLIPVisionEncoder": _TOWER,
    "MetaCLIP2VisionEncoder": _TOWER,
    "SwinTransformerBackbone": {
        **_IMAGE,
        **{"embed_dim": 8, "depths": (2, 2), "num_heads": (2, 4), "window_size": 4},
    },
    "MiTBackbone": {
        **_IMAGE,
        **{"layerwise_depths": [1, 1], "num_layers": 2, "layerwise_num_heads": [1, 2], "layerwise_sr_ratios": [2, 1]},
        **{"max_drop_path_rate": 0.1, "layerwise_patch_sizes": [7, 3], "layerwise_strides": [4, 2]},
        "hidden_dims": [4, 8],
    },
    "ViTDetBackbone": {
        **_IMAGE,
        **{"patch_size": 8, "hidden_size": 8, "num_layers": 2, "global_attention_layer_indices": [1]},
        **{"intermediate_dim": 16, "num_heads": 2, "num_output_channels": 8, "window_size": 2},
    },
    "ResNetBackbone": {
        **{"input_conv_filters": [64], "input_conv_kernel_sizes": [3], "stackwise_num_filters": [64, 64]},
        **{"stackwise_num_blocks": [1, 1], "stackwise_num_strides": [1, 2], "block_type": "basic_block"},
    },
    "DenseNetBackbone": {"stackwise_num_repeats": [1, 1, 1], "growth_rate": 4},
    "EfficientNetBackbone": {
        **{"stackwise_kernel_sizes": [3, 3], "stackwise_num_repeats": [1, 1], "stackwise_strides": [1, 2]},
        **{"stackwise_input_filters": [8, 8], "stackwise_output_filters": [8, 16]},
        **{"stackwise_expansion_ratios": [1, 4], "stackwise_squeeze_and_excite_ratios": [0.0, 0.25]},
        **{"stackwise_block_types": ["fused", "unfused"], "stackwise_force_input_filters": [0, 0]},
        **{"stackwise_nores_option": [False, False], "stackwise_width_coefficients": [1.0, 1.0]},
        "stackwise_depth_coefficients": [1.0, 1.0],
    },
    "MobileNetBackbone": {
        **{"stackwise_expansion": [[8, 16]], "stackwise_num_blocks": [2], "stackwise_num_filters": [[8, 8]]},
        **{"stackwise_kernel_size": [[3, 3]], "stackwise_num_strides": [[2, 1]], "stackwise_se_ratio": [[None, 0.25]]},
        **{"stackwise_activation": [["relu", "hard_swish"]], "stackwise_padding": [[1, 1]], "output_num_filters": 16},
        **{"input_activation": "hard_swish", "output_activation": "hard_swish", "input_num_filters": 8},
        **{"depthwise_filters": 8, "depthwise_stride": 2, "depthwise_residual": False, "squeeze_and_excite": 0.5},
        **{"last_layer_filter": 16, "image_shape": (None, None, 3)},
    },
    "MobileNetV5Backbone": {
        **{"stackwise_block_types": [["er"], ["uir", "uir"]], "stackwise_num_blocks": [1, 2]},
        **{"stackwise_num_filters": [[8], [16, 16]], "stackwise_strides": [[2], [2, 1]]},
        **{"stackwise_act_layers": [["relu"], ["relu", "relu"]], "stackwise_exp_ratios": [[2.0], [2.0, 2.0]]},
        **{"stackwise_se_ratios": [[0.0], [0.0, 0.0]], "stackwise_dw_kernel_sizes": [[0], [5, 5]]},
        **{"stackwise_dw_start_kernel_sizes": [[0], [0, 0]], "stackwise_dw_end_kernel_sizes": [[0], [0, 0]]},
        **{"stackwise_exp_kernel_sizes": [[3], [0, 0]], "stackwise_pw_kernel_sizes": [[1], [0, 0]]},
        **{"stackwise_num_heads": [[0], [0, 0]], "stackwise_key_dims": [[0], [0, 0]]},
        **{"stackwise_value_dims": [[0], [0, 0]], "stackwise_kv_strides": [[0], [0, 0]]},
        **{"stackwise_use_cpe": [[False], [False, False]], "use_msfa": False},
    },
    "VGGBackbone": {"stackwise_num_repeats": [1, 1], "stackwise_num_filters": [8, 16]},
    "XceptionBackbone": {
        "stackwise_conv_filters": [[4, 8], [8, 16], [16, 16]],
        "stackwise_pooling": [True, True, False],
    },
    "HGNetV2Backbone": {
        **{"depths": [1, 1], "embedding_size": 8, "hidden_sizes": [16, 16], "stem_channels": [3, 4, 8]},
        **{"hidden_act": "relu", "use_learnable_affine_block": False, "apply_downsample": [False, True]},
        **{"stackwise_stage_filters": [[8, 4, 16, 1, 1, 3], [16, 8, 16, 1, 1, 3]]},
        "use_lightweight_conv_block": [False, False],
    },
    "CSPNetBackbone": {
        **{"stem_filters": 8, "stem_kernel_size": 3, "stem_strides": 1, "stackwise_depth": [1, 1]},
        **{"stackwise_strides": [1, 2], "stackwise_num_filters": [8, 16], "block_type": "dark_block"},
        **{"stage_type": "csp", "stem_padding": "same", "down_growth": True, "bottle_ratio": (0.5, 1.0)},
        **{"block_ratio": (1.0, 0.5), "expand_ratio": (2.0, 1.0)},
    },
}
"""By class, of those that are one network for images."""


def made(name: str) -> keras.Model:
    """Return a small network of a class of keras-hub, of `SMALL` or of several networks, with random weights."""
    models = keras_hub.models
    if name in SMALL:
        return getattr(models, name)(**SMALL[name])
    if name == "ResNetBackbone, ResNet-D":
        given = {"input_conv_filters": [4, 4, 8], "input_conv_kernel_sizes": [3, 3, 3]}
        given |= {"stackwise_num_filters": [64, 16], "block_type": "bottleneck_block_vd"}
        return models.ResNetBackbone(**SMALL["ResNetBackbone"] | given)
    if name == "SegFormerBackbone":
        return models.SegFormerBackbone(image_encoder=made("MiTBackbone"), projection_filters=8)
    if name == "SigLIPBackbone":
        from keras_hub.src.models.siglip.siglip_text_encoder import SigLIPTextEncoder

        text = SigLIPTextEncoder(**_TEXT, intermediate_dim=16, max_sequence_length=4)
        return models.SigLIPBackbone(vision_encoder=made("SigLIPVisionEncoder"), text_encoder=text)
    raise ValueError(f"there is no small network of {name}")


SEVERAL = ("ResNetBackbone, ResNet-D", "SegFormerBackbone", "SigLIPBackbone")
"""Further ones that `made` makes: another kind of a family, and backbones of several networks."""
