// The rows of the comparison for oneDNN's RNN primitives: prints "ROW VALUE UNIT" for each.
//
//   g++ -O2 -std=c++17 onednn_rows.cpp -o onednn_rows -ldnnl        Debian's libdnnl-dev (2.6); version 3 compiles as well
//   OMP_NUM_THREADS=1 ./onednn_rows [--seconds X] ROW…              a beginning of a name stands for all rows that begin so
//
// oneDNN has no embedding, loss or optimiser for these models, so of names, forecast and lyrics it runs the recurrent layers alone:
// less work than laço does there. Training packs the weights anew each time, as after an update. Names are all 7 letters long.
#include <oneapi/dnnl/dnnl.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

using namespace dnnl;
using arguments = std::unordered_map<int, memory>;

static engine cpu(engine::kind::cpu, 0);
static stream queue(cpu);
static double seconds_each = 1;

static double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

static double median(const std::function<void()> &call)
{
    std::vector<double> times;
    call();
    call();
    for (double begin = now(); times.size() < 3 || now() - begin < seconds_each;) {
        double start = now();
        call();
        times.push_back(now() - start);
    }
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

enum kind { RNN, GRU, LSTM };

static memory zeros(const memory::desc &shape)
{
    memory m(shape, cpu);
    std::memset(m.get_data_handle(), 0, shape.get_size());
    return m;
}

static memory noise(const memory::desc &shape, float scale, memory::data_type type = memory::data_type::f32)
{
    memory m(shape, cpu);
    char *at = static_cast<char *>(m.get_data_handle());
    size_t width = type == memory::data_type::u8 ? 1 : type == memory::data_type::bf16 ? 2 : 4;
    for (size_t i = 0; i < shape.get_size() / width; i++) {
        float x = scale * (static_cast<float>(std::rand() & 0xffff) / 32768 - 1);
        if (width == 1)
            at[i] = static_cast<char>(std::rand());
        else
            std::memcpy(at + i * width, reinterpret_cast<char *>(&x) + 4 - width, width); // bf16: the upper half
    }
    return m;
}

// One layer in one direction, in fp32; LSTM also in bf16 with cells and gradients in fp32, and (inference) in int8: x and h of 8 bits
// without a sign, as one scale and shift make them, weights of 8 bits with a scale for each unit and gate. States are always given:
// without them 2.6.3 and 3.9.2 leave the gradient of W_hh wrong.
class layer {
  public:
    layer(kind k, long I, long H, long B, long T, bool train, memory::data_type type = memory::data_type::f32)
        : k(k), I(I), H(H), B(B), T(T), type(type)
    {
        using tag = memory::format_tag;
        const auto f32 = memory::data_type::f32;
        const bool int8 = type == memory::data_type::u8;
        const auto w = int8 ? memory::data_type::s8 : type, w_plain = int8 ? f32 : type;
        long G = gates(), biases = k == GRU ? 4 : G;
        if (int8) {
            attributes.set_rnn_data_qparams(127, 128);
            attributes.set_rnn_weights_qparams(24, std::vector<float>(static_cast<size_t>(G * H), 127 / 0.05f)); // mask: gates, units
        }
        memory::desc x({T, B, I}, type, tag::tnc), y({T, B, H}, type, tag::tnc), h({1, 1, B, H}, type, tag::ldnc);
        memory::desc w_x({1, 1, I, G, H}, w, tag::any), w_h({1, 1, H, G, H}, w, tag::any), b({1, 1, biases, H}, f32, tag::ldgo);
        memory::desc dx({T, B, I}, f32, tag::tnc), dy({T, B, H}, f32, tag::tnc), dh({1, 1, B, H}, f32, tag::ldnc);
        memory::desc dw_x({1, 1, I, G, H}, f32, tag::any), dw_h({1, 1, H, G, H}, f32, tag::any);
        c = dh;
        plain = {noise({{1, 1, I, G, H}, w_plain, tag::ldigo}, 0.05f, w_plain), noise({{1, 1, H, G, H}, w_plain, tag::ldigo}, 0.05f, w_plain)};
        auto mode = train ? prop_kind::forward_training : prop_kind::forward_inference;
        auto way = rnn_direction::unidirectional_left2right;
#if DNNL_VERSION_MAJOR >= 3
#define FORWARD(P, ...) P::primitive_desc f(cpu, mode, __VA_ARGS__, attributes)
#define BACKWARD(P, ...) P::primitive_desc r(cpu, prop_kind::backward, __VA_ARGS__, f)
#else
#define FORWARD(P, ...) P::primitive_desc f(P::desc(mode, __VA_ARGS__), attributes, cpu)
#define BACKWARD(P, ...) P::primitive_desc r(P::desc(prop_kind::backward, __VA_ARGS__), cpu, f)
#endif
        if (k == LSTM) {
            FORWARD(lstm_forward, way, x, h, c, w_x, w_h, b, y, h, c);
            set_forward(f, train);
            forward_primitive = lstm_forward(f);
            if (train) {
                BACKWARD(lstm_backward, way, x, h, c, w_x, w_h, b, y, h, c, dx, dh, c, dw_x, dw_h, b, dy, dh, c);
                set_backward(r);
                backward_primitive = lstm_backward(r);
            }
        } else if (k == GRU) {
            FORWARD(lbr_gru_forward, way, x, h, w_x, w_h, b, y, h); // the reset gate behind the product, as PyTorch has it
            set_forward(f, train);
            forward_primitive = lbr_gru_forward(f);
            if (train) {
                BACKWARD(lbr_gru_backward, way, x, h, w_x, w_h, b, y, h, x, h, w_x, w_h, b, y, h);
                set_backward(r);
                backward_primitive = lbr_gru_backward(r);
            }
        } else {
            FORWARD(vanilla_rnn_forward, algorithm::eltwise_tanh, way, x, h, w_x, w_h, b, y, h);
            set_forward(f, train);
            forward_primitive = vanilla_rnn_forward(f);
            if (train) {
                BACKWARD(vanilla_rnn_backward, algorithm::eltwise_tanh, way, x, h, w_x, w_h, b, y, h, x, h, w_x, w_h, b, y, h);
                set_backward(r);
                backward_primitive = vanilla_rnn_backward(r);
            }
        }
        pack();
    }

    void pack()
    {
        for (auto &p : packs)
            reorder(p.first, p.second, attributes).execute(queue, const_cast<memory &>(p.first), p.second);
        queue.wait();
    }

    void forward()
    {
        forward_primitive.execute(queue, in_forward);
        queue.wait();
    }

    // The state that came out goes in again: no copy.
    void step()
    {
        forward();
        std::swap(in_forward[DNNL_ARG_SRC_ITER], in_forward[DNNL_ARG_DST_ITER]);
        if (k == LSTM)
            std::swap(in_forward[DNNL_ARG_SRC_ITER_C], in_forward[DNNL_ARG_DST_ITER_C]);
    }

    void backward()
    {
        for (int which : {DNNL_ARG_DIFF_WEIGHTS_LAYER, DNNL_ARG_DIFF_WEIGHTS_ITER, DNNL_ARG_DIFF_BIAS})
            std::memset(in_backward[which].get_data_handle(), 0, in_backward[which].get_desc().get_size());
        backward_primitive.execute(queue, in_backward);
        queue.wait();
    }

    double flops() const { return 2.0 * static_cast<double>(B * T * gates() * H * (I + H)); }

  private:
    kind k;
    long I, H, B, T;
    memory::data_type type;
    primitive_attr attributes; // of int8
    memory::desc c;            // of LSTM's cells
    std::vector<memory> plain;
    std::vector<std::pair<memory, memory>> packs;
    primitive forward_primitive, backward_primitive;
    arguments in_forward, in_backward;

    long gates() const { return k == LSTM ? 4 : k == GRU ? 3 : 1; }

    template <typename D> void set_forward(const D &f, bool train)
    {
        memory w_x = zeros(f.weights_layer_desc()), w_h = zeros(f.weights_iter_desc());
        packs = {{plain[0], w_x}, {plain[1], w_h}};
        in_forward = {{DNNL_ARG_SRC_LAYER, noise(f.src_layer_desc(), 1, type)}, {DNNL_ARG_WEIGHTS_LAYER, w_x}, {DNNL_ARG_WEIGHTS_ITER, w_h},
                      {DNNL_ARG_BIAS, zeros(f.bias_desc())}, {DNNL_ARG_DST_LAYER, zeros(f.dst_layer_desc())},
                      {DNNL_ARG_SRC_ITER, zeros(f.src_iter_desc())}, {DNNL_ARG_DST_ITER, zeros(f.dst_iter_desc())}};
        if (k == LSTM) {
            in_forward[DNNL_ARG_SRC_ITER_C] = zeros(c);
            in_forward[DNNL_ARG_DST_ITER_C] = zeros(c);
        }
        if (train)
            in_forward[DNNL_ARG_WORKSPACE] = zeros(f.workspace_desc());
    }

    template <typename D> void set_backward(const D &r)
    {
        memory w_x = zeros(r.weights_layer_desc()), w_h = zeros(r.weights_iter_desc());
        packs.push_back({plain[0], w_x});
        packs.push_back({plain[1], w_h});
        in_backward = in_forward;
        in_backward[DNNL_ARG_WEIGHTS_LAYER] = w_x;
        in_backward[DNNL_ARG_WEIGHTS_ITER] = w_h;
        in_backward[DNNL_ARG_DIFF_SRC_LAYER] = zeros(r.diff_src_layer_desc());
        in_backward[DNNL_ARG_DIFF_WEIGHTS_LAYER] = zeros(r.diff_weights_layer_desc());
        in_backward[DNNL_ARG_DIFF_WEIGHTS_ITER] = zeros(r.diff_weights_iter_desc());
        in_backward[DNNL_ARG_DIFF_BIAS] = zeros(r.diff_bias_desc());
        in_backward[DNNL_ARG_DIFF_DST_LAYER] = noise(r.diff_dst_layer_desc(), 1);
        in_backward[DNNL_ARG_DIFF_SRC_ITER] = zeros(r.diff_src_iter_desc());
        in_backward[DNNL_ARG_DIFF_DST_ITER] = zeros(r.diff_dst_iter_desc());
        if (k == LSTM) {
            in_backward[DNNL_ARG_DIFF_SRC_ITER_C] = zeros(c);
            in_backward[DNNL_ARG_DIFF_DST_ITER_C] = zeros(c);
        }
    }
};

static double train_seconds(std::vector<layer> &layers)
{
    return median([&] {
        for (auto &l : layers)
            l.pack();
        for (auto &l : layers)
            l.forward();
        for (auto l = layers.rbegin(); l != layers.rend(); ++l)
            l->backward();
    });
}

static double names(long B)
{
    std::vector<layer> l;
    l.emplace_back(RNN, 58, 128, B, 7, true);
    return static_cast<double>(B) / train_seconds(l);
}

static double forecast()
{
    std::vector<layer> l;
    l.emplace_back(LSTM, 1, 51, 97, 999, true);
    l.emplace_back(LSTM, 51, 51, 97, 999, true);
    return train_seconds(l);
}

static double lyrics(long H, long B, long T)
{
    std::vector<layer> l;
    l.emplace_back(GRU, 128, H, B, T, true);
    l.emplace_back(GRU, H, H, B, T, true);
    return static_cast<double>(B * T) / train_seconds(l);
}

static double train(kind k, long H, long B, memory::data_type type = memory::data_type::f32)
{
    std::vector<layer> l;
    l.emplace_back(k, H, H, B, 64, true, type);
    return 3 * l[0].flops() / train_seconds(l) * 1e-9;
}

static double infer(kind k, long H, long B, memory::data_type type = memory::data_type::f32)
{
    layer l(k, H, H, B, 64, false, type);
    return l.flops() / median([&] { l.forward(); }) * 1e-9;
}

static double step(kind k, long H)
{
    layer l(k, H, H, 1, 1, false);
    return median([&] {
               for (int i = 0; i < 200; i++)
                   l.step();
           }) / 200 * 1e6;
}

static double longest(long H, memory::data_type type = memory::data_type::f32)
{
    layer l(LSTM, H, H, 1, 10000, false, type);
    return 10 / median([&] { l.forward(); });
}

int main(int argc, char **argv)
{
    struct row {
        std::string name, unit;
        std::function<double()> run;
    };
    std::vector<row> rows = {
        {"names-1", "names/s", [] { return names(1); }},
        {"names-64", "names/s", [] { return names(64); }},
        {"forecast", "s", forecast},
        {"lyrics-256", "chars/s", [] { return lyrics(256, 32, 100); }},
        {"lyrics-512", "chars/s", [] { return lyrics(512, 64, 128); }},
        {"train-lstm-128", "GFLOP/s", [] { return train(LSTM, 128, 32); }},
        {"train-lstm-512", "GFLOP/s", [] { return train(LSTM, 512, 32); }},
        {"train-lstm-128-one", "GFLOP/s", [] { return train(LSTM, 128, 1); }},
        {"train-rnn-256", "GFLOP/s", [] { return train(RNN, 256, 32); }},
        {"infer-lstm-128", "GFLOP/s", [] { return infer(LSTM, 128, 32); }},
    };
    for (long H : {8, 16, 20, 32, 40, 51, 64, 128, 256}) {
        rows.push_back({"step-lstm-" + std::to_string(H), "us", [H] { return step(LSTM, H); }});
        rows.push_back({"step-gru-" + std::to_string(H), "us", [H] { return step(GRU, H); }});
    }
    for (long H : {128, 256})
        rows.push_back({"long-lstm-" + std::to_string(H), "ksteps/s", [H] { return longest(H); }});
    const auto bf16 = memory::data_type::bf16, int8 = memory::data_type::u8;
    for (long H : {128, 256})
        rows.push_back({"int8-long-lstm-" + std::to_string(H), "ksteps/s", [=] { return longest(H, int8); }});
    rows.push_back({"int8-infer-lstm-256", "GFLOP/s", [=] { return infer(LSTM, 256, 32, int8); }});
    for (long H : {128, 256})
        rows.push_back({"bf16-long-lstm-" + std::to_string(H), "ksteps/s", [=] { return longest(H, bf16); }});
    rows.push_back({"bf16-train-lstm-512", "GFLOP/s", [=] { return train(LSTM, 512, 64, bf16); }});
    for (int a = 1; a < argc; a++) {
        if (std::strcmp(argv[a], "--seconds") == 0 && a + 1 < argc) {
            seconds_each = std::atof(argv[++a]);
            continue;
        }
        for (auto &r : rows)
            if (r.name.rfind(argv[a], 0) == 0) {
                std::printf("%s %.6g %s\n", r.name.c_str(), r.run(), r.unit.c_str());
                std::fflush(stdout);
            }
    }
    return 0;
}
