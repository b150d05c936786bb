{#- What a row needs of its ticker's other rows beside the last six: name, window function. By columns
    it is asked where the fives come together, so that no sort carries it. By rows the quantiles come
    from the fives, which spares windows over the context; in return it has to be known, before the
    fives come together, which ones those are. -#}
{% macro duckdb_rolling_asked(by_rows) %}
    {%- set preceding = 'over (partition by ticker order by dt rows {k} preceding)' -%}
    {%- set asked = {
        'row_number': 'row_number() over by_day',
        'close_ref': 'last_value(close ignore nulls) ' ~ preceding | replace('{k}', 59),
    } -%}
    {%- for days in alpha158_windows() -%}
        {%- do asked.update({'close_' ~ days ~ '_ago': 'lag(close, ' ~ days ~ ') over by_day'}) -%}
    {%- endfor -%}
    {%- if by_rows -%}
        {%- do asked.update({'is_kept': duckdb_rolling_is_kept()}) -%}
    {%- else -%}
        {%- for days in alpha158_windows() if days > 10 -%}
            {%- do asked.update({
                'close_quantiles_' ~ days:
                    'quantile_cont(close, [0.2, 0.8]) ' ~ preceding | replace('{k}', days - 1),
            }) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(asked) -}}
{% endmacro %}
