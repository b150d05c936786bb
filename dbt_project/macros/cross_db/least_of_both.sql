{#- The smaller of two values, NULL where either is (`least` skips NULL). -#}
{% macro least_of_both(a, b) -%}
    case when {{ a }} <= {{ b }} then {{ a }} when {{ a }} > {{ b }} then {{ b }} end
{%- endmacro %}
