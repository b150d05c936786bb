{#- A column of the prices source under the user's own name (var prices_columns), or NULL where the
    user has none. Without a load time the trading date stands in, so that new days are noticed. A
    time with a zone is read in UTC, whatever the zone of the session. -#}
{% macro price_column(name, data_type) -%}
    {%- set columns = var('prices_columns') -%}
    {%- set source_name = columns[name] if name in columns else name -%}
    {%- if source_name is none and name == 'loaded_at' -%}
        {%- set source_name = columns.get('dt', 'dt') -%}
    {%- endif -%}
    {%- set expression = source_name if source_name is not none else 'null' -%}
    {%- if data_type in ('date', 'timestamp') and has_time_zone(expression) -%}
        {%- set expression = expression ~ " at time zone 'UTC'" -%}
    {%- endif -%}
    cast({{ expression }} as {{ data_type }}) as {{ name }}
{%- endmacro %}


{#- Whether a column of the prices source is a time with a zone. -#}
{% macro has_time_zone(name) -%}
    {%- set zoned = [] -%}
    {%- for column in adapter.get_columns_in_relation(source('raw', 'prices')) -%}
        {%- if column.dtype | lower == 'timestamp with time zone' -%}
            {%- do zoned.append(column.name | lower) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(name | replace('"', '') | lower in zoned) -%}
{%- endmacro %}
