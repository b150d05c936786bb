{#- Logarithm of an adjustment step in whole multiples of 2^-48: such numbers add up without any
    rounding, so that a sum that goes on from a stored one equals the sum of all steps. -#}
{% macro summable_log(step) -%}
    floor(
        ln({{ step }}) * cast(281474976710656 as double precision) + 0.5
    ) / cast(281474976710656 as double precision)
{%- endmacro %}


{#- The factor of such a logarithm: it, or its reciprocal, in whole multiples of 2^-44, which makes
    2-for-1 exactly 2 again. -#}
{% macro factor_of_log(log_factor) -%}
    case
        when {{ log_factor }} >= 0 then {{ _in_binary_places('exp(' ~ log_factor ~ ')') }}
        else 1 / {{ _in_binary_places('exp(-(' ~ log_factor ~ '))') }}
    end
{%- endmacro %}


{% macro _in_binary_places(value) -%}
    (floor({{ value }} * cast(17592186044416 as double precision) + 0.5)
        / cast(17592186044416 as double precision))
{%- endmacro %}
