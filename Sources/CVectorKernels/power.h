// a^p of vectors of floats a ≥ 0, p ≥ 1, to about 1e-6 of the result; included by the levels.
//
// With a = m · 2^e, the power is 2^(p e + p log2 m). The first product is kept in two floats, so
// that a large exponent costs no digits. Powers below the smallest normal number become zero.

VK_INLINE VF vf_power(VF a, float p) {
    VF e, m = vf_significand(a, &e);

    // log2 m = 2/ln 2 · artanh s, with s = (m - 1) / (m + 1), |s| < 0.172.
    VF s = vf_div(vf_sub(m, vf_fill(1)), vf_add(m, vf_fill(1)));
    VF square = vf_mul(s, s);
    VF series = vf_fill(2.885390082f / 9);
    series = vf_fma(series, square, vf_fill(2.885390082f / 7));
    series = vf_fma(series, square, vf_fill(2.885390082f / 5));
    series = vf_fma(series, square, vf_fill(2.885390082f / 3));
    series = vf_fma(series, square, vf_fill(2.885390082f));
    VF logarithm = vf_mul(series, s);

    VF power = vf_fill(p);
    VF high = vf_mul(power, e);
    VF low = vf_fma(power, e, vf_sub(vf_zero(), high));
    VF whole = vf_round(vf_fma(power, logarithm, high));
    VF part = vf_add(vf_sub(high, whole), vf_fma(power, logarithm, low));

    // 2^part for |part| < 0.51: the series of exp(part · ln 2).
    VF result = vf_fill(1.5252734e-5f);
    result = vf_fma(result, part, vf_fill(1.5403530e-4f));
    result = vf_fma(result, part, vf_fill(1.3333558e-3f));
    result = vf_fma(result, part, vf_fill(9.6181291e-3f));
    result = vf_fma(result, part, vf_fill(5.5504109e-2f));
    result = vf_fma(result, part, vf_fill(2.4022651e-1f));
    result = vf_fma(result, part, vf_fill(6.9314718e-1f));
    result = vf_fma(result, part, vf_fill(1));
    return vf_where_normal(vf_scale(result, whole), a);
}
