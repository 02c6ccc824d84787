// The rows of single steps for layers whose sizes the compiler knows, on Eigen: prints "ROW VALUE UNIT" for each.
//
//   g++ -O3 -march=native -std=c++17 -I/usr/include/eigen3 eigen_rows.cpp -o eigen_rows        Debian's libeigen3-dev
//   ./eigen_rows [--seconds X] ROW…              a beginning of a name stands for all rows that begin so
//
// This is our rendering of how RTNeural's compile-time layers compute with their Eigen backend, not RTNeural itself: matrices and
// vectors of fixed size; the LSTM with a matrix for each gate over x and over h, or one over [x | h | 1] as in its earlier versions,
// whichever is the faster; the GRU with two matrices, over [x | 1] and [h | 1]; exp and tanh by Eigen.
#define EIGEN_STACK_ALLOCATION_LIMIT 0 // they do not lie on the stack
#include <Eigen/Dense>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

static double seconds_each = 1;

static double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

template <int rows, int columns = 1> using matrix = Eigen::Matrix<float, rows, columns>;

template <typename X> static auto sigmoid(const X &x) { return 1 / ((-x.array()).exp() + 1); }

template <typename M> static void fill(M &m)
{
    for (long i = 0; i < m.size(); i++)
        m.data()[i] = (static_cast<float>(std::rand() & 0xffff) / 32768 - 1) * 0.1f;
}

template <int H> struct lstm_by_gate {
    matrix<H, H> w[4], u[4];
    matrix<H> b[4], gate[4], c = matrix<H>::Zero(), h = matrix<H>::Zero();

    lstm_by_gate()
    {
        for (int g = 0; g < 4; g++)
            fill(w[g]), fill(u[g]), fill(b[g]);
    }

    void step(const matrix<H> &x)
    {
        for (int g = 0; g < 4; g++) {
            gate[g] = b[g];
            gate[g].noalias() += u[g] * h;
            gate[g].noalias() += w[g] * x;
        }
        for (int g = 0; g < 3; g++)
            gate[g] = sigmoid(gate[g]);
        gate[3] = gate[3].array().tanh();
        c = gate[0].cwiseProduct(c) + gate[1].cwiseProduct(gate[3]);
        h = gate[2].array() * c.array().tanh();
    }
};

template <int H> struct lstm_in_one {
    matrix<4 * H, 2 * H + 1> w;
    matrix<2 * H + 1> xh1 = matrix<2 * H + 1>::Ones();
    matrix<4 * H> gates;
    matrix<H> c = matrix<H>::Zero(), h = matrix<H>::Zero();

    lstm_in_one() { fill(w); }

    void step(const matrix<H> &x)
    {
        xh1.template head<H>() = x;
        xh1.template segment<H>(H) = h;
        gates.noalias() = w * xh1;
        gates.template head<3 * H>() = sigmoid(gates.template head<3 * H>());
        gates.template tail<H>() = gates.template tail<H>().array().tanh();
        c = gates.template head<H>().cwiseProduct(c) + gates.template segment<H>(H).cwiseProduct(gates.template tail<H>());
        h = gates.template segment<H>(2 * H).array() * c.array().tanh();
    }
};

template <int H> struct gru {
    matrix<3 * H, H + 1> w, u;
    matrix<H + 1> x1 = matrix<H + 1>::Ones(), h1 = matrix<H + 1>::Ones();
    matrix<3 * H> a, b;
    matrix<2 * H> zr;
    matrix<H> n, h;

    gru() { fill(w), fill(u); }

    void step(const matrix<H> &x)
    {
        x1.template head<H>() = x;
        a.noalias() = w * x1;
        b.noalias() = u * h1;
        zr = sigmoid(a.template head<2 * H>() + b.template head<2 * H>());
        n = (a.template tail<H>() + zr.template tail<H>().cwiseProduct(b.template tail<H>())).array().tanh();
        h1.template head<H>() = n + zr.template head<H>().cwiseProduct(h1.template head<H>() - n);
        h = h1.template head<H>();
    }
};

// Median microseconds of a step, over rounds of 200.
template <template <int> class layer, int H> static double microseconds(double seconds)
{
    auto l = std::make_unique<layer<H>>();
    matrix<H> x;
    fill(x);
    std::vector<double> times;
    for (double begin = now(); times.size() < 5 || now() - begin < seconds;) {
        double start = now();
        for (int i = 0; i < 200; i++) {
            l->step(x);
            __asm__ volatile("" : : "r"(l->h.data()) : "memory");
        }
        times.push_back(now() - start);
    }
    std::sort(times.begin(), times.end());
    return times[times.size() / 2] / 200 * 1e6;
}

template <int H> static double lstm() { return std::min(microseconds<lstm_by_gate, H>(seconds_each / 2), microseconds<lstm_in_one, H>(seconds_each / 2)); }

template <int H> static void rows(const char *asked)
{
    const std::string lstm_name = "step-lstm-" + std::to_string(H), gru_name = "step-gru-" + std::to_string(H);
    if (lstm_name.rfind(asked, 0) == 0)
        std::printf("%s %.6g us\n", lstm_name.c_str(), lstm<H>());
    if (gru_name.rfind(asked, 0) == 0)
        std::printf("%s %.6g us\n", gru_name.c_str(), microseconds<gru, H>(seconds_each));
    std::fflush(stdout);
}

int main(int argc, char **argv)
{
    for (int a = 1; a < argc; a++) {
        if (std::strcmp(argv[a], "--seconds") == 0 && a + 1 < argc) {
            seconds_each = std::atof(argv[++a]);
            continue;
        }
        rows<8>(argv[a]);
        rows<16>(argv[a]);
        rows<20>(argv[a]);
        rows<32>(argv[a]);
        rows<40>(argv[a]);
        rows<51>(argv[a]);
        rows<64>(argv[a]);
        rows<128>(argv[a]);
    }
    return 0;
}
