{#- All 158 features in column order: a list of [name, expression over the rolling columns]. -#}
{% macro alpha158_features() %}
    {%- set features = alpha158_kbar() + alpha158_price() -%}
    {%- for family, expression in alpha158_families() -%}
        {%- for days in alpha158_windows() -%}
            {%- do features.append([family ~ days, expression(days) | trim]) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(features) -}}
{% endmacro %}
