{% macro rolling_arrays() %}
    {%- set nan = "cast('NaN' as double precision)" -%}
    {%- set arrays = rolling_sums() -%}
    {%- for name in ['open', 'low', 'close', 'volume', 'vwap', 'log_volume', 'close_ratio', 'volume_ratio'] -%}
        {%- do arrays.append([name, 'coalesce(' ~ name ~ ', ' ~ nan ~ ')']) -%}
    {%- endfor -%}
    {%- do arrays.append(['high', "coalesce(high, cast('-Infinity' as double precision))"]) -%}
    {{- return(arrays) -}}
{% endmacro %}
