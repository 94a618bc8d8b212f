#include "core/network/detail/loading/allowed_operations.h"

#include "core/base/text.h"
#include "core/network/detail/graph/graph_walk.h"
#include "core/network/detail/loading/unreadable.h"

#include <torch/csrc/jit/api/function_impl.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <sstream>
#include <string_view>

namespace scalescope {
namespace {

using namespace torch::jit;

// Of ATen, without the underscore that marks a form in place: what networks of images are made of. Left out are save
// and from_file; what belongs to quantized, sparse and nested tensors, gradients, other processes, devices and
// LibTorch's own tests; kernels that trust their arguments (native_batch_norm, _reshape_alias, linalg_ldl_solve,
// searchsorted, whose indices are not compared with the size of anything); and what such networks have no use for.
constexpr std::string_view aten_operations =
    "Bool Complex ComplexImplicit Delete Float FloatImplicit Int IntImplicit ScalarImplicit Size __and__ "
    "__contains__ __derive_index __getitem__ __iand__ __ilshift__ __interpolate __ior__ __irshift__ __is__ "
    "__isnot__ __ixor__ __lshift__ __not__ __or__ __range_length __round_to_zero_floordiv __rshift__ __upsample "
    "__upsample_bilinear __upsample_nearest __xor__ _adaptive_avg_pool2d _adaptive_avg_pool3d _assert_async "
    "_cast_Double _cast_Float _cast_Half _cast_Int _cast_Long _conj _convolution _convolution_mode _dim_arange "
    "_log_softmax _native_multi_head_attention _pad_circular _pad_enum _safe_softmax _scaled_dot_product_attention "
    "_scaled_dot_product_attention_math _set_item _shape_as_tensor _softmax _to_copy _transformer_encoder_layer_fwd "
    "_unsafe_view _unwrap_optional _upsample_bicubic2d_aa _upsample_bilinear2d_aa _upsample_nearest_exact1d "
    "_upsample_nearest_exact2d _upsample_nearest_exact3d _weight_norm abs absolute acos acosh adaptive_avg_pool1d "
    "adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d add addbmm "
    "addcdiv addcmul addmm addmv addr adjoint affine_grid_generator alias align_tensors all allclose alpha_dropout "
    "amax amin aminmax angle any append arange arccos arccosh arcsin arcsinh arctan arctan2 arctanh argmax argmin "
    "argsort argwhere as_strided as_tensor asin asinh atan atan2 atanh atleast_1d atleast_2d atleast_3d avg_pool1d "
    "avg_pool2d avg_pool3d baddbmm bartlett_window batch_norm bernoulli bilinear bin binary_cross_entropy "
    "binary_cross_entropy_with_logits bincount bitwise_and bitwise_left_shift bitwise_not bitwise_or "
    "bitwise_right_shift bitwise_xor blackman_window block_diag bmm broadcast_tensors broadcast_to bucketize "
    "can_cast capitalize cartesian_prod cat cauchy cdist ceil celu center chalf channel_shuffle chr chunk clamp "
    "clamp_max clamp_min clear clip clone col2im column_stack combinations complex concat concatenate conj "
    "conj_physical constant_pad_nd contiguous conv1d conv2d conv3d conv_transpose1d conv_transpose2d "
    "conv_transpose3d convolution copy copysign corrcoef cos cosh cosine_embedding_loss cosine_similarity count "
    "count_nonzero cov cpu cross cross_entropy_loss cuda cummax cummin cumprod cumsum cumulative_trapezoid deg2rad "
    "degrees detach device diag diag_embed diagflat diagonal diagonal_scatter dict diff digamma dim dist div divide "
    "divmod dot dropout dsplit dstack einsum element_size elu embedding empty empty_like empty_permuted endswith eq "
    "equal erf erfc erfinv exp exp2 expand expand_as expandtabs expm1 exponential extend eye fabs factorial "
    "feature_alpha_dropout feature_dropout fill fill_diagonal find fix flatten flip fliplr flipud float_power floor "
    "floor_divide floordiv fmax fmin fmod format frac frexp frobenius_norm full full_like gamma gather gcd ge gelu "
    "geometric ger get get_device glu greater greater_equal grid_sampler grid_sampler_2d grid_sampler_3d group_norm "
    "gru gru_cell gt hamming_window hann_window hardshrink hardsigmoid hardswish hardtanh has_torch_function hash "
    "heaviside hex hinge_embedding_loss histc hsplit hstack huber_loss hypot i0 igamma igammac im2col imag index "
    "index_add index_copy index_fill index_put index_reduce index_select indices inner insert instance_norm "
    "is_autocast_cpu_enabled is_autocast_enabled is_complex is_conj is_contiguous is_floating_point is_grad_enabled "
    "is_leaf is_neg is_non_overlapping_and_dense is_nonzero is_same_size is_scripting is_signed "
    "is_strides_like_format isalnum isalpha isclose isdecimal isdigit isfinite isidentifier isin isinf islower "
    "isnan isneginf isnumeric isposinf isprintable isreal isspace istitle isupper item items join kaiser_window "
    "keys kl_div kron kthvalue l1_loss layer_norm lcm ldexp le leaky_relu len lerp less less_equal lgamma "
    "linalg_matmul linalg_matrix_norm linalg_norm linalg_vector_norm linear linspace list ljust log log10 log1p "
    "log2 log_normal log_sigmoid log_sigmoid_forward log_softmax logaddexp logaddexp2 logcumsumexp logical_and "
    "logical_not logical_or logical_xor logit logspace logsumexp lower lstm lstm_cell lstrip lt mH mT "
    "margin_ranking_loss masked_fill masked_scatter masked_select mathremainder matmul matrix_H max max_pool1d "
    "max_pool1d_with_indices max_pool2d max_pool2d_with_indices max_pool3d max_pool3d_with_indices maximum mean "
    "median meshgrid min minimum mish mm mode modf moveaxis movedim mse_loss msort mul multinomial multiply mv "
    "mvlgamma nan_to_num nanmean nanmedian nanquantile nansum narrow native_channel_shuffle ne neg negative "
    "new_empty new_full new_ones new_zeros nextafter nonzero nonzero_numpy nonzero_static norm norm_except_dim "
    "normal normal_functional not_equal nuclear_norm numel numpy_T oct one_hot ones ones_like ord outer pad "
    "pad_sequence pairwise_distance partition pdist percentFormat permute pixel_shuffle pixel_unshuffle "
    "poisson_nll_loss polar polygamma pop popitem positive pow prelu prod promote_types put quantile rad2deg "
    "radians rand rand_like randint randint_like randn randn_like random randperm range ravel real reciprocal "
    "reflection_pad1d reflection_pad2d reflection_pad3d relu relu6 remainder remove repeat repeat_interleave "
    "replace replication_pad1d replication_pad2d replication_pad3d requires_grad reshape reshape_as resolve_conj "
    "resolve_neg result_type reverse rfind rindex rjust rms_norm rnn_relu rnn_relu_cell rnn_tanh rnn_tanh_cell roll "
    "rot90 round row_stack rpartition rrelu rsplit rsqrt rstrip rsub scalar_tensor scaled_dot_product_attention "
    "scatter scatter_add scatter_reduce select select_scatter selu set_grad_enabled setdefault sgn sigmoid sign "
    "signbit silu sin sinc sinh size slice slice_copy slice_scatter smooth_l1_loss soft_margin_loss softmax "
    "softplus softshrink sort sorted special_erf special_exp2 special_expit special_log_softmax special_softmax "
    "split split_with_sizes splitlines sqrt square squeeze stack startswith std std_mean storage_offset str stride "
    "strip sub subtract sum sum_to_size swapaxes swapcase swapdims t take take_along_dim tan tanh tensor "
    "tensor_split tensordot threshold tile title to to_dense topk trace transpose trapezoid trapz tril tril_indices "
    "triplet_margin_loss triu triu_indices true_divide trunc type_as unbind unflatten unfold uniform "
    "unique_consecutive unique_dim unique_dim_consecutive unsafe_chunk unsafe_split unsqueeze update upper "
    "upsample_bicubic2d upsample_bilinear2d upsample_linear1d upsample_nearest1d upsample_nearest2d "
    "upsample_nearest3d upsample_trilinear3d values vander var var_mean vdot view view_as view_as_complex "
    "view_as_real vsplit vstack warn where xlogy zero zeros zeros_like zfill ";

// What TorchScript is made of. Left out are calls of other machines (rpc), of Python, threads (fork), and what only
// LibTorch's own passes may put into a graph.
constexpr std::string_view prim_operations =
    "Constant GetAttr SetAttr CallMethod CallFunction CreateObject If Loop Return Param Enter Exit ListConstruct "
    "ListUnpack TupleConstruct TupleUnpack TupleIndex TupleSlice DictConstruct DictIndex Uninitialized "
    "unchecked_cast unchecked_unwrap_optional isinstance NumToTensor ConstantChunk RaiseException Print EnumName "
    "EnumValue ModuleContainerIndex StringIndex abs data device dtype grad index is_cpu is_cuda is_complex is_meta "
    "is_mkldnn is_mps is_nested is_quantized is_sparse is_sparse_csr is_vulkan is_xpu is_ipu is_ort itemsize layout "
    "max min name nbytes rangelist requires_grad tolist type id ";

std::set<std::string> names_in(std::string_view list) {
  std::istringstream words{std::string(list)};
  return {std::istream_iterator<std::string>(words), {}};
}

bool is_custom_class(const c10::TypePtr& type) {
  const auto named = type->cast<c10::NamedType>();
  if (named && named->name() && named->name()->qualifiedName().starts_with("__torch__.torch.classes."))
    return true;
  const bool is_container = type->cast<c10::ListType>() || type->cast<c10::DictType>() ||
                            type->cast<c10::TupleType>() || type->cast<c10::OptionalType>();
  return is_container && std::ranges::any_of(type->containedTypes(), is_custom_class);
}

// Whether LibTorch checks the type of a value when it is used as that type. It does not for a class's attributes and a
// tuple's elements, which it accesses by index.
bool is_checked_when_used(const c10::TypePtr& type) {
  switch (type->kind()) {
  case c10::TypeKind::TensorType:
  case c10::TypeKind::IntType:
  case c10::TypeKind::FloatType:
  case c10::TypeKind::BoolType:
  case c10::TypeKind::NumberType:
  case c10::TypeKind::StringType:
  case c10::TypeKind::NoneType:
  case c10::TypeKind::DeviceObjType:
    return true;
  default:
    return false;
  }
}

// A cast that nothing checks may make a value into another type only where that comes to light when it is used, or
// where the value was that type or None.
bool is_honest_cast(const Node* node) {
  const c10::TypePtr& from = node->input(0)->type();
  const c10::TypePtr& to = node->output()->type();
  const auto optional = from->cast<c10::OptionalType>();
  return is_checked_when_used(to) || *from == *to || (optional && *optional->getElementType() == *to);
}

void check_node(const Node* node, const std::string& function) {
  const std::string operation = node->kind().toQualString();
  const auto has_custom_class = [](const Value* value) { return is_custom_class(value->type()); };
  const bool custom =
      std::ranges::any_of(node->inputs(), has_custom_class) || std::ranges::any_of(node->outputs(), has_custom_class);
  const bool honest = node->kind() != prim::unchecked_cast || is_honest_cast(node);
  if (custom || !honest || !is_allowed_operation(operation))
    throw Unreadable("uses " + (custom ? "a custom class with " : std::string()) + printable(operation) + " in " +
                         printable(function) +
                         ", which is not needed to compute with tensors and may do harm, so "
                         "nothing of its code was run",
                     "export the network with torch.jit.trace(model.eval(), example)");
}

} // namespace

bool is_allowed_operation(const std::string& name) {
  static const std::set<std::string> aten = names_in(aten_operations);
  static const std::set<std::string> prim = names_in(prim_operations);
  if (name.starts_with("prim::"))
    return prim.contains(name.substr(6));
  if (!name.starts_with("aten::"))
    return false;
  const std::string plain = name.substr(6);
  return aten.contains(plain) || (plain.ends_with('_') && aten.contains(plain.substr(0, plain.size() - 1)));
}

void check_operations(const Module& module) {
  for (const Function* function : module._ivalue()->compilation_unit()->get_functions())
    if (const auto* with_graph = tryToGraphFunction(*const_cast<Function*>(function)))
      for_each_node(with_graph->graph()->block(),
                    [&](const Node* node) { check_node(node, function->qualname().qualifiedName()); });
}

} // namespace scalescope
