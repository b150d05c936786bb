{#- A template repeated over numbers: `{k}` becomes the number. -#}
{% macro lagged_terms(template, numbers, separator=', ') -%}
    {%- for k in numbers -%}
        {{ template | replace('{k}', k) }}{{ separator if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
