{#- A column of the prices source under the user's own name (var prices_columns), or NULL where the
    user has none. Without a load time the trading date stands in, so that new days are noticed. -#}
{% macro price_column(name, data_type) -%}
    {%- set columns = var('prices_columns') -%}
    {%- set source_name = columns[name] if name in columns else name -%}
    {%- if source_name is none and name == 'loaded_at' -%}
        {%- set source_name = columns.get('dt', 'dt') -%}
    {%- endif -%}
    cast({{ source_name if source_name is not none else 'null' }} as {{ data_type }}) as {{ name }}
{%- endmacro %}
