{#- A ratio that may be nothing but rounding errors: those are zero, on every engine. -#}
{% macro alpha158_without_residue(ratio) -%}
    case when abs({{ ratio }}) < 1e-12 then 0 else {{ ratio }} end
{%- endmacro %}
