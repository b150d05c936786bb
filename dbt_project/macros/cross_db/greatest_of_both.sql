{#- The larger of two values, NULL where either is (`greatest` skips NULL). -#}
{% macro greatest_of_both(a, b) -%}
    case when {{ a }} >= {{ b }} then {{ a }} when {{ a }} < {{ b }} then {{ b }} end
{%- endmacro %}
