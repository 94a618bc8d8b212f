#pragma once
// The stages of EfficientNets and MobileNets, in timm's notation, for torchvision's and timm's modules.

#include <cstdint>
#include <string>
#include <vector>

namespace scalescope {

/// Blocks of one kind, one after the other.
struct Stage {
  std::string kind;        ///< "ds": depthwise and pointwise; "ir": inverted residual; "er": inverted residual with one
                           ///< convolution instead of the first two; "cn": a convolution
  int blocks = 1;          ///< r
  std::int64_t kernel = 3; ///< k: side of the depthwise convolution
  std::int64_t stride = 1; ///< s: of the first block
  double expansion = 1;    ///< e: inner channels by the block's input channels
  std::int64_t channels = 0; ///< c: that it returns
  bool squeeze = false;      ///< se0.25: squeeze and excitation, to a quarter
  bool relu = false;         ///< nre: ReLU instead of the network's activation
};

/// Reads "ir_r2_k3_s2_e6_c24_se0.25": stages in a row with spaces between them, each of kinds with commas between them.
[[nodiscard]] std::vector<std::vector<Stage>> read_stages(const std::string& text);

/// The nearest multiple of 8, not less than `least` of the number (as TensorFlow's MobileNet rounds channels).
[[nodiscard]] std::int64_t rounded_to_8(double channels, double least = 0.9);

/// Sandler et al. 2018, table 2.
inline constexpr auto mobilenet_v2_stages =
    "ds_r1_k3_s1_e1_c16 ir_r2_k3_s2_e6_c24 ir_r3_k3_s2_e6_c32 ir_r4_k3_s2_e6_c64 "
    "ir_r3_k3_s1_e6_c96 ir_r3_k3_s2_e6_c160 ir_r1_k3_s1_e6_c320";
/// Howard et al. 2019, tables 1 and 2, without the last convolution.
inline constexpr auto mobilenet_v3_large_stages =
    "ds_r1_k3_s1_e1_c16_nre ir_r1_k3_s2_e4_c24_nre,ir_r1_k3_s1_e3_c24_nre ir_r3_k5_s2_e3_c40_se0.25_nre "
    "ir_r1_k3_s2_e6_c80,ir_r1_k3_s1_e2.5_c80,ir_r2_k3_s1_e2.3_c80 ir_r2_k3_s1_e6_c112_se0.25 "
    "ir_r3_k5_s2_e6_c160_se0.25";
inline constexpr auto mobilenet_v3_small_stages =
    "ds_r1_k3_s2_e1_c16_se0.25_nre ir_r1_k3_s2_e4.5_c24_nre,ir_r1_k3_s1_e3.67_c24_nre "
    "ir_r1_k5_s2_e4_c40_se0.25,ir_r2_k5_s1_e6_c40_se0.25 ir_r2_k5_s1_e3_c48_se0.25 ir_r3_k5_s2_e6_c96_se0.25";
/// Tan and Le 2019, table 1; the Lite ones have no squeeze and excitation.
inline constexpr auto efficientnet_stages =
    "ds_r1_k3_s1_e1_c16_se0.25 ir_r2_k3_s2_e6_c24_se0.25 ir_r2_k5_s2_e6_c40_se0.25 ir_r3_k3_s2_e6_c80_se0.25 "
    "ir_r3_k5_s1_e6_c112_se0.25 ir_r4_k5_s2_e6_c192_se0.25 ir_r1_k3_s1_e6_c320_se0.25";
inline constexpr auto efficientnet_lite_stages = "ds_r1_k3_s1_e1_c16 ir_r2_k3_s2_e6_c24 ir_r2_k5_s2_e6_c40 "
                                                 "ir_r3_k3_s2_e6_c80 ir_r3_k5_s1_e6_c112 ir_r4_k5_s2_e6_c192 "
                                                 "ir_r1_k3_s1_e6_c320";
/// Tan and Le 2021, table 4 (S), and the paper's code.
inline constexpr auto efficientnet_v2_base_stages =
    "cn_r1_k3_s1_e1_c16 er_r2_k3_s2_e4_c32 er_r2_k3_s2_e4_c48 ir_r3_k3_s2_e4_c96_se0.25 ir_r5_k3_s1_e6_c112_se0.25 "
    "ir_r8_k3_s2_e6_c192_se0.25";
inline constexpr auto efficientnet_v2_s_stages =
    "cn_r2_k3_s1_e1_c24 er_r4_k3_s2_e4_c48 er_r4_k3_s2_e4_c64 ir_r6_k3_s2_e4_c128_se0.25 ir_r9_k3_s1_e6_c160_se0.25 "
    "ir_r15_k3_s2_e6_c256_se0.25";
inline constexpr auto efficientnet_v2_m_stages =
    "cn_r3_k3_s1_e1_c24 er_r5_k3_s2_e4_c48 er_r5_k3_s2_e4_c80 ir_r7_k3_s2_e4_c160_se0.25 ir_r14_k3_s1_e6_c176_se0.25 "
    "ir_r18_k3_s2_e6_c304_se0.25 ir_r5_k3_s1_e6_c512_se0.25";
inline constexpr auto efficientnet_v2_l_stages =
    "cn_r4_k3_s1_e1_c32 er_r7_k3_s2_e4_c64 er_r7_k3_s2_e4_c96 ir_r10_k3_s2_e4_c192_se0.25 ir_r19_k3_s1_e6_c224_se0.25 "
    "ir_r25_k3_s2_e6_c384_se0.25 ir_r7_k3_s1_e6_c640_se0.25";

} // namespace scalescope
